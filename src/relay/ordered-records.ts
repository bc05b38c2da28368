import {
  R1_REORDER_BYTES,
  R1_REORDER_RECORDS,
  RELAY_REORDER_BYTES,
  RELAY_REORDER_RECORDS,
} from '../protocol/limits.js';
import { tooFarAhead, tooMuchHeld } from './errors.js';

/** How far ahead of the next record others may come, and the ciphertext held meanwhile. */
export interface ReorderLimits {
  readonly records: number;
  readonly bytes: number;
}

export const PLAIN_LIMITS: ReorderLimits = { records: RELAY_REORDER_RECORDS, bytes: RELAY_REORDER_BYTES };
export const R1_LIMITS: ReorderLimits = { records: R1_REORDER_RECORDS, bytes: R1_REORDER_BYTES };

/** What an acknowledgement says: the highest number received in order, and bit i for that number + 1 + i. */
export interface ReceivedNumbers {
  readonly ack: number;
  readonly ackBits: number;
}

export const ACK_BITS = 32;

export type Arrival =
  /** Records that can be opened now, in this order. */
  | { readonly is: 'ready'; readonly records: readonly Uint8Array[] }
  /** It waits for those before it. */
  | { readonly is: 'held' }
  /** It was here before, maybe with other bytes: the first to come counts. */
  | { readonly is: 'duplicate' };

/**
 * Puts records in order before they are decrypted, for each has the nonce of its place.
 *
 *   arrivals   0   2   1   1   4        ready   0   -   1,2   -   -        (4 is held)
 */
export class OrderedRecords {
  #expected = 0;
  #limits = PLAIN_LIMITS;
  readonly #held = new Map<number, Uint8Array>();
  #heldBytes = 0;

  /** The number that is opened next; all before it have come. */
  get expected(): number {
    return this.#expected;
  }

  /** Later records are here while `expected` is not. */
  get hasGap(): boolean {
    return this.#held.size > 0;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Undefined while nothing has come in order. */
  get received(): ReceivedNumbers | undefined {
    if (this.#expected === 0) return undefined;
    let ackBits = 0;
    if (this.hasGap) {
      for (let bit = 0; bit < ACK_BITS; bit += 1) if (this.#held.has(this.#expected + bit)) ackBits |= 1 << bit;
    }
    return { ack: this.#expected - 1, ackBits: ackBits >>> 0 };
  }

  /** From now on these hold. */
  limitBy(limits: ReorderLimits): void {
    this.#limits = limits;
  }

  /** Held records are copied, since what they came in may be far larger. Errors: `streamFailed`. */
  accept(seq: number, record: Uint8Array): Arrival {
    const ahead = seq - this.#expected;
    if (ahead < 0 || this.#held.has(seq)) return { is: 'duplicate' };
    if (ahead === 0) return { is: 'ready', records: this.#readyFrom(record) };
    if (ahead > this.#limits.records) throw tooFarAhead();
    if (this.#heldBytes + record.length > this.#limits.bytes) throw tooMuchHeld();
    this.#held.set(seq, Uint8Array.from(record));
    this.#heldBytes += record.length;
    return { is: 'held' };
  }

  /** Nothing follows. */
  clear(): void {
    this.#held.clear();
    this.#heldBytes = 0;
  }

  #readyFrom(record: Uint8Array): Uint8Array[] {
    const ready = [record];
    this.#expected += 1;
    for (let next = this.#held.get(this.#expected); next !== undefined; next = this.#held.get(this.#expected)) {
      this.#held.delete(this.#expected);
      this.#heldBytes -= next.length;
      this.#expected += 1;
      ready.push(next);
    }
    return ready;
  }
}
