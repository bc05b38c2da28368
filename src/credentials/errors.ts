/** Everything that can be wrong with credentials. The texts are those of release 0.169.0 where it has some. */

/**
 * - `missing`: there is none. `invalid`: what there is cannot be one.
 * - `notForThisHost`: the registry is not one that may see it. Nothing was sent.
 * - `expired`: it was good once; a new one heals it. `changed`: it belongs to somebody else now.
 * - `unavailable`: it cannot be had now; trying again may help.
 */
export type CredentialErrorCode = 'missing' | 'invalid' | 'notForThisHost' | 'expired' | 'changed' | 'unavailable';

/** Holds no credential, and neither does its cause. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
  constructor(
    readonly code: CredentialErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const missing = (message: string) => new CredentialError('missing', message);
const invalid = (message: string) => new CredentialError('invalid', message);
const notForThisHost = (message: string) => new CredentialError('notForThisHost', message);

// ---- which one ------------------------------------------------------------------------------------------

const REQUIRED = 'remote exec-server registration requires ChatGPT authentication or API key authentication';
export const noCredentials = () => missing(`${REQUIRED}; run \`codex login\` or set CODEX_API_KEY`);
export const agentIdentityNeedsFlag = () =>
  missing(`${REQUIRED}; Agent Identity auth requires --use-agent-identity-auth`);
export const accessTokenMissing = () => missing('CODEX_ACCESS_TOKEN is required when --use-agent-identity-auth is set');
export const harnessTokenMissing = () => missing('environment registry bearer token is required');

// ---- which host -----------------------------------------------------------------------------------------

export const apiKeyHost = () =>
  notForThisHost(
    'remote exec-server API-key authentication is restricted to HTTPS openai.com and openai.org hosts and subdomains or loopback hosts',
  );
export const registrationUrlInvalid = (fault: string) =>
  invalid(`invalid remote exec-server registration URL: ${fault}`);
export const endpointUrlInvalid = (fault: string) =>
  invalid(`environment registry configuration error: invalid remote endpoint URL: ${fault}`);
export const registrationUrlWithoutHost = () => invalid('remote exec-server registration URL must include a host');
export const needsHttps = () =>
  notForThisHost(
    'environment registry configuration error: remote transport requires https for non-loopback endpoints',
  );
export const chatGptTokenHost = () =>
  notForThisHost('ChatGPT token registry URLs must use HTTPS without userinfo or fragments');
export const tokenFileHost = () =>
  notForThisHost('--registry-token-file may only be used with the registry that --registry-token-host names');
export const tokenFileHostMissing = () => missing('--registry-token-file requires --registry-token-host');
export const tokenFileHostInvalid = () => invalid('--registry-token-host must be HOST or HOST:PORT');

// ---- what it is -----------------------------------------------------------------------------------------

export const apiKeyUnusable = () => invalid('the API key cannot be sent in a header');
export const harnessTokenUnusable = () => invalid('environment registry bearer token cannot be sent in a header');
export const noUsableBearer = () =>
  invalid(
    'environment registry authentication error: failed to resolve environment registry authentication: request auth build error: executor credential has no usable bearer',
  );
export const authenticationChanged = () => new CredentialError('changed', 'executor authentication changed');
export const authFileBusy = () => new CredentialError('unavailable', 'auth.json is held by another program');
export const agentIdentityUnavailable = () => invalid('Agent Identity authentication is unavailable');

export const tokenFileUnreadable = (code: string | undefined) =>
  new CredentialError('unavailable', `cannot read the file of --registry-token-file: ${code ?? 'unknown failure'}`);
export const tokenFileUnusable = () =>
  new CredentialError('unavailable', 'the file of --registry-token-file must hold one token of visible ASCII');

// ---- standard input -------------------------------------------------------------------------------------

export const bearerLineMissing = () => invalid('expected a newline-terminated registration bearer of at most 16 KiB');
export const bearerLineInvalid = () => invalid('invalid registration bearer');

export const credentialFrameInvalid = () => invalid('invalid exec-server executor credential frame');
export const credentialFrameTooLong = () => invalid('exec-server executor credential frame exceeds the size limit');
export const credentialOfOtherEnvironment = () =>
  invalid('exec-server executor credential is for a different environment');
export const credentialExpired = () => new CredentialError('expired', 'exec-server executor credential is expired');
export const credentialTimedOut = () => missing('timed out waiting for the initial exec-server executor credential');
export const credentialPipeClosed = () => missing('exec-server executor credential pipe closed');

export const chatGptTokenStdin = () => invalid('ChatGPT token stdin must be a pipe or socket');
export const chatGptTokenLine = () => invalid('expected a bounded, newline-terminated ChatGPT access token');
export const chatGptTokenInvalid = () => invalid('invalid ChatGPT access token');
export const chatGptAccountInvalid = () => invalid('invalid ChatGPT account ID');
export const chatGptAccountMissing = () => invalid('token has no ChatGPT account ID; supply --chatgpt-account-id');
export const chatGptAccountDiffers = () => invalid('--chatgpt-account-id does not match the token');
