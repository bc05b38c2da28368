/** Waits before trying again, milliseconds. Randomness is handed in: each call of `random` gives a number in [0, 1). */
import { RELAY_GOOD_LINK_MS } from '../protocol/limits.js';

export type Random = () => number;

const RETRY_FIRST_MS = 500;
const RETRY_DOUBLINGS = 4;
const RETRY_LONGEST_MS = 5_000;
/** What a registry may ask for by Retry-After, at most. Source: our own; 0.169.0 does not heed it. */
const RETRY_AFTER_LONGEST_MS = 60_000;

/**
 * Before a registration is tried again for the n-th time, n from 0: 0.5, 1, 2, 4, 5, 5 ... s and up to half as much more.
 * `retryAfter`: what the registry asked for. Source: 0.169.0.
 */
export function registrationDelay(n: number, random: Random, retryAfter = 0): number {
  const base = Math.min(RETRY_FIRST_MS * 2 ** Math.min(n, RETRY_DOUBLINGS), RETRY_LONGEST_MS);
  const delay = base + (random() * base) / 2;
  return Math.max(delay, Math.min(retryAfter, RETRY_AFTER_LONGEST_MS));
}

/** Before the n-th attempt to reach a lost session again, n from 0: the first is made at once. Source: 0.169.0. */
export const recoveryDelay = (n: number, random: Random): number => (n === 0 ? 0 : registrationDelay(n - 1, random));

const FIRST_CONNECT_ATTEMPTS = 5;
const FIRST_CONNECT_MS = 14_000;

/**
 * A harness's first connect: how long it waits after so many failed attempts, of which the first began `elapsed` ago, or undefined
 * when it gives up. 0.5, 1, 2, 4 s and up to half as much more. Source: 0.169.0.
 */
export function firstConnectDelay(failed: number, elapsed: number, random: Random): number | undefined {
  if (failed >= FIRST_CONNECT_ATTEMPTS) return undefined;
  const base = RETRY_FIRST_MS * 2 ** (failed - 1);
  const delay = base + (random() * base) / 2;
  return elapsed + delay > FIRST_CONNECT_MS ? undefined : delay;
}

const RENDEZVOUS_FIRST_MS = 1_000;
const RENDEZVOUS_LONGEST_MS = 30_000;
/** After a link that was in use the first wait is this at most, for its harnesses are back at once. Source: our own. */
const USED_LINK_WAIT_MS = 100;
const USED_LINK_MS = 5_000;

/** How a link was. */
export interface LinkLife {
  readonly livedMs: number;
  /** Whether any handshake was completed on it. */
  readonly used: boolean;
}

/**
 * Between an executor's attempts to reach the rendezvous: 1, 2, 4, 8, 16, 30, 30 ... s, each cut to anything from its half on.
 * Only a link of 120 s makes it begin anew. Source: 0.169.0.
 */
export class RendezvousBackoff {
  readonly #random: Random;
  #base = RENDEZVOUS_FIRST_MS;

  constructor(random: Random) {
    this.#random = random;
  }

  /** No link came about. */
  failed(): number {
    const wait = this.#base / 2 + (this.#random() * this.#base) / 2;
    this.#base = Math.min(2 * this.#base, RENDEZVOUS_LONGEST_MS);
    return wait;
  }

  /** A link has ended. */
  disconnected({ livedMs, used }: LinkLife): number {
    if (livedMs >= RELAY_GOOD_LINK_MS) this.#base = RENDEZVOUS_FIRST_MS;
    return used && livedMs >= USED_LINK_MS ? this.#random() * USED_LINK_WAIT_MS : this.failed();
  }
}
