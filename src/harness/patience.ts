/** What a failed attempt means for the next one. */
import { CredentialError } from '../credentials/errors.js';
import { RelayDialError } from '../links/dial-relay.js';
import { NoiseError } from '../noise/errors.js';
import { RegistryError } from '../registry/errors.js';
import { isConnectRetried } from '../registry/retry.js';
import { firstConnectDelay, type Random } from '../relay/backoff.js';
import { FinalDialError } from '../transport/dial-error.js';
import { HandshakeError } from './errors.js';

/**
 * Whether a session that is to be resumed is given up: the registry will not let us, or the executor is another one now. What the
 * rendezvous does is never final, whatever it is: it is trusted with nothing, so it must not end sessions either. (0.169.0 gives
 * up after a handshake that breaks the protocol.)
 */
export function isFinal(error: unknown): boolean {
  if (error instanceof RegistryError) return !isConnectRetried(error);
  if (error instanceof NoiseError) return error.code === 'registryRejected';
  return error instanceof CredentialError || error instanceof FinalDialError;
}

/**
 * How a first connect bears failures:
 * - the registry says that it may still succeed: again and again, for some 14 s. Source: 0.169.0.
 * - the rendezvous does not take the address that the registry gave: once more at once, with another. Source: 0.169.0.
 * - the executor does not answer the handshake: once more at once, since a frame may have been lost. Source: our own; 0.169.0 waits
 *   as long for one answer as this for two.
 * Anything else is told whoever connects.
 */
export class FirstConnectPatience {
  readonly #random: Random;
  #refusals = 0;
  readonly #once = new Set<'upgrade' | 'handshake'>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** How long to wait before the next attempt, ms; undefined: there is none. `elapsed`: since the first attempt began, ms. */
  waitAfter(error: unknown, elapsed: number): number | undefined {
    if (error instanceof RelayDialError && error.detail.httpStatus === 401) return this.#atOnce('upgrade');
    if (error instanceof HandshakeError && error.reason === 'timeout') return this.#atOnce('handshake');
    if (!isConnectRetried(error)) return undefined;
    this.#refusals += 1;
    return firstConnectDelay(this.#refusals, elapsed, this.#random);
  }

  #atOnce(what: 'upgrade' | 'handshake'): number | undefined {
    if (this.#once.has(what)) return undefined;
    this.#once.add(what);
    return 0;
  }
}
