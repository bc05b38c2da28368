/** After which failures of a registry it is asked again. */
import { CredentialError } from '../credentials/errors.js';
import { RegistryError } from './errors.js';

/**
 * A registration has failed that was never more than asked for: the registry is about to be able to, or to forget another one.
 * Without limit, with the waits of a registration. Anything else ends the executor. Source: 0.169.0.
 */
export function isRegistrationRetried(error: unknown): boolean {
  // As with a registry whose own look at credentials fails for the time being.
  if (error instanceof CredentialError) return error.code === 'unavailable';
  const { status, registryCode } = refusalIn(error);
  return (
    (status === 502 && registryCode === 'authentication_service_unavailable') ||
    (status === 503 && registryCode === 'registration_conflict')
  );
}

/**
 * An executor that had a link registers anew: besides the above these are tried again, with the waits of a link.
 * 0.169.0 ends then, and with it everything that it was running.
 */
export function isReregistrationRetried(error: unknown): boolean {
  if (error instanceof CredentialError) return error.code === 'expired';
  const { status } = refusalIn(error);
  return isUnanswered(error) || (status !== undefined && (PASSING.has(status) || status >= 500));
}

const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/** What a harness tries again, for its first connection and to recover a session. Source: 0.169.0. */
export function isConnectRetried(error: unknown): boolean {
  const { status, registryCode } = refusalIn(error);
  if (status === undefined) return isUnanswered(error);
  return (
    status >= 500 || status === 408 || status === 429 || (status === 409 && registryCode === 'environment_offline')
  );
}

const isUnanswered = (error: unknown) =>
  error instanceof RegistryError && (error.code === 'unreachable' || error.code === 'timedOut');

const refusalIn = (error: unknown) => (error instanceof RegistryError ? error.refusal : undefined) ?? NONE;

const NONE = { status: undefined, registryCode: undefined };
