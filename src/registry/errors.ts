/** Everything that can go wrong with a registry. The texts are those of release 0.169.0 where it has some. */

/**
 * - `configuration`: what the registry is to be asked for, or where, cannot be.
 * - `protocol`: its answer does not fit the question.
 * - `unreadable`: its answer is not the JSON that it should be.
 * - `authentication`: 401 or 403.
 * - `refused`: any other status that is not a success.
 * - `unreachable`: no answer, or not all of it. `timedOut`: the same, for time.
 */
export type RegistryErrorCode =
  | 'configuration'
  | 'protocol'
  | 'unreadable'
  | 'authentication'
  | 'refused'
  | 'unreachable'
  | 'timedOut';

/** What a registry says for programs to read; others of its codes stand in texts only. */
export const REGISTRY_CODES = [
  'authentication_service_unavailable',
  'registration_conflict',
  'environment_offline',
] as const;
export type RegistryCode = (typeof REGISTRY_CODES)[number];

/** Of an answer that refuses. */
export interface Refusal {
  readonly status: number;
  readonly registryCode?: RegistryCode;
  /** How long the registry asks to wait. */
  readonly retryAfterMs?: number;
}

/** Holds no credential, no key, no authorization and no URL with a query, and neither does its cause. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly refusal: Refusal | undefined;
  constructor(
    readonly code: RegistryErrorCode,
    message: string,
    { refusal, cause }: { readonly refusal?: Refusal; readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.refusal = refusal;
  }
}

export const misconfigured = (what: string) =>
  new RegistryError('configuration', `environment registry configuration error: ${what}`);
export const environmentIdMissing = () =>
  misconfigured('environment id is required for remote exec-server registration');

const protocolError = (what: string) => new RegistryError('protocol', `exec-server protocol error: ${what}`);
export const otherEnvironment = () => protocolError('environment registry returned a different environment id');
export const unsupportedProfile = (profile: string) =>
  protocolError(`environment registry returned unsupported security profile \`${profile}\``);
export const incompleteConnection = () =>
  protocolError('environment registry returned incomplete Noise connection data');
export const unusableConnection = () => protocolError('environment registry returned an invalid rendezvous URL');
export const unusableExecutorKey = (fault: string) => protocolError(fault);

export const unreadable = (fault: string) =>
  new RegistryError('unreadable', `failed to serialize or deserialize exec-server JSON: ${fault}`);

const requestFailed = 'environment registry request failed';
/** `url`: of the call, without user, password and query. */
export const unreachable = (url: URL, cause: unknown) =>
  new RegistryError('unreachable', `${requestFailed}: error sending request for url (${url.href})`, { cause });
export const callTimedOut = () => new RegistryError('timedOut', `${requestFailed}: route-aware request timed out`);

export const notAuthenticated = (status: string, text: string, refusal: Refusal) =>
  new RegistryError(
    'authentication',
    `environment registry authentication error: environment registry authentication failed (${status}): ${text}`,
    { refusal },
  );
export const refused = (status: string, text: string, refusal: Refusal) =>
  new RegistryError('refused', `${requestFailed} (${status}): ${text}`, { refusal });
