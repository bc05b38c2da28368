/** Which of the credentials at hand is used. Source: 0.169.0. */
import { looksLikeAgentToken } from './agent-claims.js';
import type { StoredAuth } from './auth-json.js';
import { accessTokenMissing, agentIdentityNeedsFlag, noCredentials, tokenFileHostMissing } from './errors.js';

/** As given on the command line, where these exclude each other. */
export interface CredentialFlags {
  readonly registrationBearerStdin?: boolean;
  readonly executorCredentialStdin?: boolean;
  readonly chatgptTokenStdin?: boolean;
  readonly chatgptAccountId?: string;
  readonly useAgentIdentityAuth?: boolean;
  readonly registryTokenFile?: string;
  readonly registryTokenHost?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export type Selection =
  | { readonly use: 'registrationBearer' }
  | { readonly use: 'executorCredential' }
  | { readonly use: 'chatGptToken'; readonly account: string | undefined }
  | { readonly use: 'tokenFile'; readonly path: string; readonly host: string }
  | { readonly use: 'agentIdentity'; readonly token: string }
  | { readonly use: 'apiKey'; readonly key: string }
  | { readonly use: 'chatGptSignIn' };

/**
 * What was asked for, else CODEX_API_KEY, else auth.json, which `stored` reads only then. OPENAI_API_KEY of the environment does
 * not count. Errors: CredentialError.
 */
export async function select(
  flags: CredentialFlags,
  environment: Environment,
  stored: () => Promise<StoredAuth | undefined>,
): Promise<Selection> {
  if (flags.registrationBearerStdin) return { use: 'registrationBearer' };
  if (flags.executorCredentialStdin) return { use: 'executorCredential' };
  if (flags.chatgptTokenStdin) return { use: 'chatGptToken', account: flags.chatgptAccountId };
  if (flags.registryTokenFile !== undefined) {
    if (flags.registryTokenHost === undefined) throw tokenFileHostMissing();
    return { use: 'tokenFile', path: flags.registryTokenFile, host: flags.registryTokenHost };
  }
  const token = environment.CODEX_ACCESS_TOKEN?.trim() || undefined;
  if (flags.useAgentIdentityAuth) {
    if (token === undefined) throw accessTokenMissing();
    return { use: 'agentIdentity', token };
  }
  const key = environment.CODEX_API_KEY?.trim() || undefined;
  if (key !== undefined) return { use: 'apiKey', key };
  if (token !== undefined) throw looksLikeAgentToken(token) ? agentIdentityNeedsFlag() : noCredentials();
  return selectStored(await stored());
}

function selectStored(stored: StoredAuth | undefined): Selection {
  switch (stored?.is) {
    case 'apiKey':
      return { use: 'apiKey', key: stored.key };
    case 'chatGpt':
      return { use: 'chatGptSignIn' };
    case 'agentIdentity':
      throw agentIdentityNeedsFlag();
    case 'other':
    case undefined:
      throw noCredentials();
    default:
      return stored satisfies never;
  }
}
