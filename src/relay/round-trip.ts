/** How long an acknowledgement is waited for before a record is sent again. Milliseconds. Sources: RFC 6298, RFC 8985; R1 for the numbers. */

const FIRST_MS = 1_000;
const SHORTEST_MS = 200;
const LONGEST_MS = 5_000;
/**
 * How long waits for one record get by doubling. Source: our own. A stream is over after 10 s without a record that is missing, and
 * with waits of up to 5 s there would be no more than six tries: too few where every fourth frame is lost.
 */
const LONGEST_DOUBLED_MS = 1_000;
/** An acknowledgement may wait so long for company. */
export const ACK_DELAY_MS = 25;

export class RoundTrip {
  #smoothed: number | undefined;
  #variation = 0;
  #measured = FIRST_MS;
  /** `#measured`, or longer while nothing comes in time. */
  #timeout = FIRST_MS;
  #missedAt = Number.NEGATIVE_INFINITY;

  /** For a record that is sent for the first time. */
  get timeout(): number {
    return this.#timeout;
  }

  /** For a record that was sent again so many times. */
  timeoutAfter(resends: number): number {
    return Math.min(this.#measured * 2 ** resends, Math.max(this.#measured, LONGEST_DOUBLED_MS));
  }

  /** So old is a record at least before others that were sent later and have come show that it is lost, not only overtaken. */
  get patience(): number {
    return ((this.#smoothed ?? 0) * 5) / 4;
  }

  /** A record that was sent once was acknowledged after so long. */
  measured(ms: number): void {
    if (this.#smoothed === undefined) {
      this.#smoothed = ms;
      this.#variation = ms / 2;
    } else {
      this.#variation += (Math.abs(this.#smoothed - ms) - this.#variation) / 4;
      this.#smoothed += (ms - this.#smoothed) / 8;
    }
    const timeout = this.#smoothed + 4 * this.#variation + ACK_DELAY_MS;
    this.#measured = Math.min(Math.max(timeout, SHORTEST_MS), LONGEST_MS);
    this.#timeout = this.#measured;
  }

  /**
   * Nothing came in time. What was sent again says nothing about the way, so new records wait longer until one comes through at
   * the first try; else on a way that is slower than the first guess each would be sent twice, and none would count.
   */
  missed(now: number): void {
    if (now < this.#missedAt + this.#timeout) return;
    this.#missedAt = now;
    this.#timeout = Math.min(2 * this.#timeout, LONGEST_MS);
  }
}
