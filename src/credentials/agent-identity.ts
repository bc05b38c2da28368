import type { AskWhole } from '../http/ask-whole.js';
import { withEither } from '../http/either-signal.js';
import { AGENT_KEYS_MS } from '../protocol/limits.js';
import { type Agent, readAgent } from './agent-claims.js';
import { assertion, registerTask } from './agent-task.js';
import { accessTokenMissing, agentIdentityUnavailable } from './errors.js';
import { checkTokenUrl, isPrivate } from './hosts.js';
import { accountHeader, type CredentialSource, FEDRAMP_HEADER, type Header } from './source.js';

export interface AgentIdentityOptions {
  /** CODEX_ACCESS_TOKEN. */
  readonly token: string | undefined;
  readonly registryUrl: string;
  readonly ask: AskWhole;
  readonly deadline: (ms: number) => AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** CODEX_AGENT_IDENTITY_JWKS_BASE_URL, CODEX_AGENT_IDENTITY_AUTHAPI_BASE_URL. */
  readonly keysBase?: string | undefined;
  readonly authApi?: string | undefined;
}

const KEYS_BASE = 'https://chatgpt.com/backend-api';
const AUTH_API = 'https://auth.openai.com/api/accounts';

/** `--use-agent-identity-auth`. Errors: CredentialError, with one text for everything that can go wrong. Source: 0.169.0. */
export async function agentIdentity(options: AgentIdentityOptions, signal: AbortSignal): Promise<CredentialSource> {
  const { token, registryUrl, ask, deadline, now } = options;
  if (!token?.trim()) throw accessTokenMissing();
  checkTokenUrl(registryUrl);
  const keysBase = baseOf(options.keysBase ?? KEYS_BASE);
  const authApi = baseOf(options.authApi ?? AUTH_API);

  const url = new URL(`${keysBase}${keysBase.includes('/backend-api') ? '/wham' : ''}/agent-identities/jwks`);
  const askForKeys = (limited: AbortSignal) => ask({ method: 'GET', url, headers: [] }, limited);
  const keys = await withEither(signal, deadline(AGENT_KEYS_MS), askForKeys).catch(() => undefined);
  const agent = keys?.status === 200 && !keys.isCut ? readAgent(token.trim(), keys.body.toString(), now()) : undefined;
  const task = agent && (await registerTask(agent, { ask, authApi, deadline, now }, signal).catch(() => undefined));
  if (agent === undefined || task === undefined) throw agentIdentityUnavailable();
  return { showsRegistryTexts: true, headers: async () => headersOf(agent, task, now()) };
}

/** Errors: not a place to which what proves an identity may go. */
function baseOf(text: string): string {
  const trimmed = text.trim().replace(/\/+$/, '');
  if (!URL.canParse(trimmed) || !isPrivate(new URL(trimmed))) throw agentIdentityUnavailable();
  return trimmed;
}

const headersOf = (agent: Agent, task: string, nowMs: number): readonly Header[] => [
  assertion(agent, task, nowMs),
  accountHeader(agent.account),
  ...(agent.isFedramp ? [FEDRAMP_HEADER] : []),
];
