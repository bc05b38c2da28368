/** Who we say that we are, to a registry. */

export type CredentialUse = 'register' | 'validate' | 'connect';

/** Name in lower case; value in visible ASCII and blanks. */
export type Header = readonly [name: string, value: string];

export interface CredentialSource {
  /** Whether what a registry says may stand in errors. Not where whoever started us holds the credential back from our own user. */
  readonly showsRegistryTexts: boolean;

  /** Asked anew for every call. Errors: CredentialError. */
  headers(use: CredentialUse, signal: AbortSignal): Promise<readonly Header[]>;

  /**
   * After a 401: whether there are other headers now, with which the call is to be made once more. Missing where nothing can change.
   * `refused`: the headers that were sent. Errors: CredentialError.
   */
  after401?(refused: readonly Header[], signal: AbortSignal): Promise<boolean>;
}

export const bearer = (token: string): Header => ['authorization', `Bearer ${token}`];
export const accountHeader = (account: string): Header => ['chatgpt-account-id', account];
export const FEDRAMP_HEADER: Header = ['x-openai-fedramp', 'true'];
