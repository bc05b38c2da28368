/** Who gives out new access tokens for refresh tokens. */
import * as v from 'valibot';
import type { AskWhole, WholeAnswer } from '../http/ask-whole.js';
import { readForeign } from '../protocol/foreign-json.js';
import { TOKEN_REFRESH_MS } from '../protocol/limits.js';
import { RELEASE } from '../protocol/release.js';
import type { Tokens } from './auth-json.js';
import { isPrivate } from './hosts.js';
import { tokenClaims } from './jwt-claims.js';
import { isToken } from './tokens.js';

export type RefreshReason = 'proactive_expiry' | 'forced';

/** Nothing of the answer but the tokens leaves here: it may quote any of them. */
export type Refreshed =
  | { readonly is: 'renewed'; readonly tokens: Tokens }
  /** These tokens will never be renewed. */
  | { readonly is: 'refused' }
  | { readonly is: 'failed' };

export type Refresh = (tokens: Tokens, reason: RefreshReason) => Promise<Refreshed>;

const ENDPOINT = 'https://auth.openai.com/oauth/token';
/** Of the program that the tokens were given to. Source: 0.169.0. */
const CLIENT_ID = 'app_EMoamEEZ73f0CkXaXp7hrann';
const ORIGINATOR = 'codex_cli_rs';

export interface TokenEndpointOptions {
  readonly ask: AskWhole;
  readonly deadline: (ms: number) => AbortSignal;
  /** CODEX_REFRESH_TOKEN_URL_OVERRIDE. */
  readonly url?: string | undefined;
}

export function tokenEndpoint({ ask, deadline, url: text = ENDPOINT }: TokenEndpointOptions): Refresh {
  return async (tokens, reason) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    // A refresh token is worth more than what it is exchanged for: it goes where nobody listens, or nowhere.
    if (url === undefined || !isPrivate(url)) return { is: 'failed' };
    try {
      return refreshed(await ask(question(url, tokens, reason), deadline(TOKEN_REFRESH_MS)), tokens);
    } catch {
      return { is: 'failed' };
    }
  };
}

const question = (url: URL, { refreshToken }: Tokens, reason: RefreshReason) => ({
  method: 'POST' as const,
  url,
  headers: [
    ['content-type', 'application/json'],
    ['originator', ORIGINATOR],
    ['user-agent', `${ORIGINATOR}/${RELEASE} (farhand)`],
  ] as const,
  body: JSON.stringify({
    client_id: CLIENT_ID,
    grant_type: 'refresh_token',
    refresh_reason: reason,
    refresh_token: refreshToken,
  }),
});

const RenewedSchema = v.object({
  id_token: v.nullish(
    v.pipe(
      v.string(),
      v.check((token) => tokenClaims(token) !== undefined),
    ),
  ),
  access_token: v.nullish(v.pipe(v.string(), v.check(isToken))),
  refresh_token: v.nullish(v.string()),
});

function refreshed({ status, body, isCut }: WholeAnswer, old: Tokens): Refreshed {
  if (status < 200 || status >= 300) return { is: isFinal(status, body.toString()) ? 'refused' : 'failed' };
  const read = readForeign(RenewedSchema, body.toString());
  if (isCut || !('value' in read)) return { is: 'failed' };
  const { id_token, access_token, refresh_token } = read.value;
  const tokens: Tokens = {
    ...old,
    idToken: id_token ?? old.idToken,
    accessToken: access_token ?? old.accessToken,
    refreshToken: refresh_token ?? old.refreshToken,
  };
  return { is: 'renewed', tokens };
}

const CodeSchema = v.object({ code: v.string() });
const FailureSchema = v.union([
  v.pipe(
    v.object({ error: CodeSchema }),
    v.transform(({ error }) => error.code),
  ),
  v.pipe(
    v.object({ error: v.string() }),
    v.transform(({ error }) => error),
  ),
  v.pipe(
    CodeSchema,
    v.transform(({ code }) => code),
  ),
]);

const FINAL_CODES: readonly string[] = ['refresh_token_expired', 'refresh_token_reused', 'refresh_token_invalidated'];

function isFinal(status: number, body: string): boolean {
  const read = readForeign(FailureSchema, body);
  return status === 401 || ('value' in read && FINAL_CODES.includes(read.value.toLowerCase()));
}
