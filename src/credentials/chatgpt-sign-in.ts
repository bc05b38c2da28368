import { TOKEN_AGE_MS, TOKEN_RENEWAL_MS } from '../protocol/limits.js';
import type { AuthFile } from './auth-file.js';
import type { StoredAuth, Tokens } from './auth-json.js';
import { authenticationChanged, CredentialError, noUsableBearer } from './errors.js';
import { checkTokenUrl } from './hosts.js';
import { tokenClaims } from './jwt-claims.js';
import { accountHeader, bearer, type CredentialSource, FEDRAMP_HEADER, type Header } from './source.js';
import type { Refresh, RefreshReason } from './token-endpoint.js';
import { isToken } from './tokens.js';

export interface ChatGptSignInOptions {
  readonly file: Pick<AuthFile, 'read' | 'lock' | 'replaceTokens'>;
  readonly refresh: Refresh;
  readonly registryUrl: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type SignIn = Extract<StoredAuth, { is: 'chatGpt' }>;

/**
 * The tokens in auth.json, which other programs use and renew at the same time. Source: 0.169.0.
 * Whose they are is settled at the first use: 0.169.0 fails forever in silence when that changes, we end with an error.
 */
export class ChatGptSignIn implements CredentialSource {
  readonly showsRegistryTexts = true;
  readonly #file: ChatGptSignInOptions['file'];
  readonly #refresh: Refresh;
  readonly #now: () => number;
  #owner: { readonly account: string | undefined } | undefined;
  /** Refresh token that is known to be of no more use. */
  #spent: string | undefined;
  /** Under way for all who ask meanwhile: a refresh token is good for one use. */
  #renewing: Promise<SignIn> | undefined;

  /** Errors: `notForThisHost`. */
  constructor({ file, refresh, registryUrl, now }: ChatGptSignInOptions) {
    checkTokenUrl(registryUrl);
    this.#file = file;
    this.#refresh = refresh;
    this.#now = now;
  }

  async headers(): Promise<readonly Header[]> {
    const stored = await this.#load();
    // When it fails, the old token may still do.
    return headersOf(this.#isDue(stored) ? await this.#renew(stored, 'proactive_expiry') : stored);
  }

  async after401([refused]: readonly Header[]): Promise<boolean> {
    const stored = await this.#load();
    const isOther = ({ tokens }: SignIn) => tokens !== undefined && bearer(tokens.accessToken)[1] !== refused?.[1];
    return isOther(stored) || isOther(await this.#renew(stored, 'forced'));
  }

  /** Errors: `changed`. */
  async #load(): Promise<SignIn> {
    const stored = await this.#file.read();
    if (stored?.is !== 'chatGpt') throw authenticationChanged();
    if (stored.tokens === undefined) throw noUsableBearer();
    const { account } = stored.tokens;
    this.#owner ??= { account };
    if (this.#owner.account !== account) throw authenticationChanged();
    return stored;
  }

  #isDue({ tokens, lastRefreshMs }: SignIn): boolean {
    if (tokens === undefined) return false;
    const expiresAt = tokenClaims(tokens.accessToken)?.expiresAt;
    if (expiresAt !== undefined) return expiresAt * 1_000 <= this.#now() + TOKEN_RENEWAL_MS;
    return lastRefreshMs !== undefined && lastRefreshMs < this.#now() - TOKEN_AGE_MS;
  }

  /** Goes on when whoever asked has no more time: otherwise a refresh token would be used up and its successor lost. */
  #renew(stored: SignIn, reason: RefreshReason): Promise<SignIn> {
    this.#renewing ??= this.#renewAlone(stored, reason).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** What is stored in the end, whether renewed or not. */
  async #renewAlone(before: SignIn, reason: RefreshReason): Promise<SignIn> {
    if (before.tokens?.refreshToken === this.#spent) return before;
    try {
      await using _ = await this.#file.lock();
      const stored = await this.#load();
      // Another program was quicker.
      if (stored.tokens?.accessToken !== before.tokens?.accessToken) return stored;
      return await this.#exchange(stored, stored.tokens!, reason);
    } catch (error) {
      if (error instanceof CredentialError && error.code === 'changed') throw error;
      return before;
    }
  }

  async #exchange(stored: SignIn, tokens: Tokens, reason: RefreshReason): Promise<SignIn> {
    const refreshed = await this.#refresh(tokens, reason);
    switch (refreshed.is) {
      case 'renewed': {
        const renewed: SignIn = { is: 'chatGpt', tokens: refreshed.tokens, lastRefreshMs: this.#now() };
        // The old refresh token is used up: what cannot be written is still good for this call.
        await this.#file.replaceTokens(tokens, refreshed.tokens, this.#now()).catch(() => {});
        return renewed;
      }
      case 'refused':
        this.#spent = tokens.refreshToken;
        // It was used up by another program, perhaps, which has written the new one since.
        return this.#load();
      case 'failed':
        return stored;
      default:
        return refreshed satisfies never;
    }
  }
}

/** Without the time of the last renewal 0.169.0 takes the tokens for none. */
function headersOf({ tokens, lastRefreshMs }: SignIn): readonly Header[] {
  if (tokens === undefined || lastRefreshMs === undefined || !isToken(tokens.accessToken)) throw noUsableBearer();
  const { account } = tokens;
  if (account !== undefined && !/^[ -~]*$/.test(account)) throw noUsableBearer();
  return [
    bearer(tokens.accessToken),
    ...(account === undefined ? [] : [accountHeader(account)]),
    ...(tokenClaims(tokens.idToken)?.isFedramp ? [FEDRAMP_HEADER] : []),
  ];
}
