/** What stands in `auth.json`, which `codex login` writes. */
import * as v from 'valibot';
import { readForeign } from '../protocol/foreign-json.js';
import { tokenClaims } from './jwt-claims.js';

const TokensSchema = v.looseObject({
  id_token: v.pipe(
    v.string(),
    v.check((token) => tokenClaims(token) !== undefined),
  ),
  access_token: v.string(),
  refresh_token: v.string(),
  account_id: v.nullish(v.string()),
});

const AuthSchema = v.looseObject({
  auth_mode: v.nullish(v.picklist(['apikey', 'chatgpt', 'chatgptAuthTokens', 'agentIdentity', 'personalAccessToken'])),
  OPENAI_API_KEY: v.nullish(v.string()),
  tokens: v.nullish(TokensSchema),
  last_refresh: v.nullish(
    v.pipe(
      v.string(),
      v.check((text) => !Number.isNaN(Date.parse(text))),
    ),
  ),
  agent_identity: v.nullish(v.unknown()),
  personal_access_token: v.nullish(v.string()),
});

type AuthJson = v.InferOutput<typeof AuthSchema>;

export interface Tokens {
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly account: string | undefined;
}

export type StoredAuth =
  | { readonly is: 'apiKey'; readonly key: string }
  /** `tokens` undefined: signed in, and nothing to show for it. `lastRefreshMs`: since 1970. */
  | { readonly is: 'chatGpt'; readonly tokens: Tokens | undefined; readonly lastRefreshMs: number | undefined }
  | { readonly is: 'agentIdentity' }
  /** Of a kind with which nobody registers. */
  | { readonly is: 'other' };

/** Undefined: it is not what it should be, which is as if it were not there. */
export function readAuth(text: string): StoredAuth | undefined {
  const read = readForeign(AuthSchema, text);
  return 'value' in read ? storedOf(read.value) : undefined;
}

function storedOf(auth: AuthJson): StoredAuth {
  switch (auth.auth_mode ?? impliedMode(auth)) {
    case 'apikey':
      return auth.OPENAI_API_KEY?.trim() ? { is: 'apiKey', key: auth.OPENAI_API_KEY } : { is: 'other' };
    case 'chatgpt':
      return { is: 'chatGpt', tokens: auth.tokens ? tokensOf(auth.tokens) : undefined, lastRefreshMs: refreshOf(auth) };
    case 'agentIdentity':
      return { is: 'agentIdentity' };
    default:
      return { is: 'other' };
  }
}

function impliedMode({ personal_access_token, OPENAI_API_KEY }: AuthJson) {
  if (personal_access_token != null) return 'personalAccessToken';
  return OPENAI_API_KEY != null ? 'apikey' : 'chatgpt';
}

const refreshOf = ({ last_refresh }: AuthJson) => (last_refresh == null ? undefined : Date.parse(last_refresh));

const tokensOf = (tokens: v.InferOutput<typeof TokensSchema>): Tokens => ({
  idToken: tokens.id_token,
  accessToken: tokens.access_token,
  refreshToken: tokens.refresh_token,
  account: tokens.account_id ?? undefined,
});

/** The same text with `tokens` for `old`; whatever else stands in it stays. Undefined: `old` does not stand in it. */
export function withTokens(text: string, old: Tokens, tokens: Tokens, nowMs: number): string | undefined {
  const read = readForeign(AuthSchema, text);
  if (!('value' in read) || read.value.tokens?.refresh_token !== old.refreshToken) return undefined;
  const changed = {
    ...read.value,
    tokens: {
      ...read.value.tokens,
      id_token: tokens.idToken,
      access_token: tokens.accessToken,
      refresh_token: tokens.refreshToken,
    },
    last_refresh: new Date(nowMs).toISOString(),
  };
  return JSON.stringify(changed, undefined, 2);
}
