/** From what was selected to a source of credentials. */
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { AskWhole } from '../http/ask-whole.js';
import { agentIdentity } from './agent-identity.js';
import { apiKey } from './api-key.js';
import { AuthFile } from './auth-file.js';
import { ChatGptSignIn } from './chatgpt-sign-in.js';
import { chatGptToken } from './chatgpt-token.js';
import { codexHome } from './codex-home.js';
import { ExecutorCredential } from './executor-credential.js';
import { registrationBearer } from './registration-bearer.js';
import { type CredentialFlags, type Environment, select } from './select.js';
import type { CredentialSource } from './source.js';
import { tokenEndpoint } from './token-endpoint.js';
import { TokenFile } from './token-file.js';

export interface OpenOptions {
  readonly flags: CredentialFlags;
  readonly environment: Environment;
  readonly registryUrl: string;
  readonly environmentId: string;
  readonly stdin: Readable;
  readonly ask: AskWhole;
  /** Told once: others on this machine may read auth.json. */
  readonly onReadableByOthers?: (path: string) => void;
}

export interface OpenCredentials {
  readonly source: CredentialSource;
  /** Only where credentials keep coming: settles when no more can, which ends the executor, well or with a CredentialError. */
  readonly ended?: Promise<void>;
}

/** Errors: CredentialError. Nothing has been sent to the registry. */
export async function openCredentials(options: OpenOptions, signal: AbortSignal): Promise<OpenCredentials> {
  const { flags, environment, registryUrl, environmentId, stdin, ask, onReadableByOthers } = options;
  const file = new AuthFile({
    home: codexHome(environment),
    sleep: (ms) => setTimeout(ms),
    ...(onReadableByOthers && { onReadableByOthers }),
  });
  const [now, deadline] = [Date.now, (ms: number) => AbortSignal.timeout(ms)];
  const selection = await select(flags, environment, () => file.read());
  switch (selection.use) {
    case 'registrationBearer':
      return { source: await registrationBearer(stdin, registryUrl, signal) };
    case 'executorCredential': {
      const source = await ExecutorCredential.open({ stdin, registryUrl, environmentId, now, deadline });
      return { source, ended: source.ended };
    }
    case 'chatGptToken':
      return { source: await chatGptToken(stdin, selection.account, registryUrl, signal) };
    case 'tokenFile':
      return { source: await TokenFile.open({ path: selection.path, host: selection.host, registryUrl }) };
    case 'agentIdentity': {
      const keysBase = environment.CODEX_AGENT_IDENTITY_JWKS_BASE_URL;
      const authApi = environment.CODEX_AGENT_IDENTITY_AUTHAPI_BASE_URL;
      const { token } = selection;
      return {
        source: await agentIdentity({ token, registryUrl, ask, deadline, now, keysBase, authApi }, signal),
      };
    }
    case 'apiKey':
      return { source: apiKey(selection.key, registryUrl) };
    case 'chatGptSignIn': {
      const refresh = tokenEndpoint({ ask, deadline, url: environment.CODEX_REFRESH_TOKEN_URL_OVERRIDE });
      return { source: new ChatGptSignIn({ file, refresh, registryUrl, now }) };
    }
    default:
      return selection satisfies never;
  }
}
