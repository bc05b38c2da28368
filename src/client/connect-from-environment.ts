import type { Client } from './client.js';
import { connect, loadEnvironmentTarget } from './connect.js';
import { badArgument } from './errors.js';
import { openClient } from './open-client.js';

const URL_VARIABLE = 'CODEX_EXEC_SERVER_URL';
const NAMES = {
  registryUrl: 'CODEX_EXEC_SERVER_NOISE_REGISTRY_URL',
  environmentId: 'CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID',
  token: 'CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN',
  chatgptAccountId: 'CODEX_EXEC_SERVER_NOISE_CHATGPT_ACCOUNT_ID',
};
const REQUIRED = `${NAMES.registryUrl}, ${NAMES.environmentId}, and ${NAMES.token}`;

/** Where it says that there is to be no executor. Source: 0.169.0. */
const NOWHERE = 'none';

export interface FromEnvironmentOptions {
  /** Gives up connecting; without effect afterwards. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to the executor that variables name, the same that Codex heeds: `CODEX_EXEC_SERVER_NOISE_REGISTRY_URL`, `..._ENVIRONMENT_ID`
 * and `..._AUTH_TOKEN` together, with `..._CHATGPT_ACCOUNT_ID` if it is set; else `CODEX_EXEC_SERVER_URL`. Empty is not set.
 * Errors: `BAD_ARGUMENT`, naming the variable; those of `connect`.
 *
 * ```ts
 * await using client = await connectFromEnvironment();
 * ```
 */
export async function connectFromEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
  { signal }: FromEnvironmentOptions = {},
): Promise<Client> {
  const [registryUrl, environmentId, token] = [env[NAMES.registryUrl], env[NAMES.environmentId], env[NAMES.token]];
  if (registryUrl && environmentId && token) {
    const chatgptAccountId = env[NAMES.chatgptAccountId] || undefined;
    const { environmentTarget } = await loadEnvironmentTarget();
    const target = environmentTarget({ registryUrl, environmentId, chatgptAccountId }, { token }, NAMES);
    return await openClient(target, signal);
  }
  if (registryUrl || environmentId || token) {
    throw badArgument('env', `environment registry configuration error: Noise environment requires ${REQUIRED}`);
  }
  const url = env[URL_VARIABLE];
  if (!url) throw badArgument('env', `names no executor; expected ${URL_VARIABLE}, or ${REQUIRED}`);
  if (url === NOWHERE) throw badArgument('env', `${URL_VARIABLE} says that there is no executor`);
  return await connect(url, { signal });
}
