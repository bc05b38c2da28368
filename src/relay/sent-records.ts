import { TAG_BYTES } from '../noise/sizes.js';
import {
  R1_HISTORY_BYTES,
  R1_HISTORY_RECORDS,
  R1_WINDOW_BYTES,
  R1_WINDOW_RECORDS,
  RELAY_RECORD_BYTES,
  RELAY_REORDER_BYTES,
  RELAY_REORDER_RECORDS,
} from '../protocol/limits.js';
import { sequenceExhausted } from './errors.js';
import { ACK_BITS, type ReceivedNumbers } from './ordered-records.js';
import { RoundTrip } from './round-trip.js';

/**
 * - `unknown`: the peer has not said that it speaks R1. Nothing is sent again, and nothing is waited for.
 * - `known`: it has; whether it knows the same of us is not sure, so it may hold no more than is held for anybody.
 * - `mutual`: it has acknowledged something.
 */
export type PeerKnowledge = 'unknown' | 'known' | 'mutual';

interface SentRecord {
  readonly seq: number;
  readonly ciphertext: Uint8Array;
  /** Its memory is the caller's again. */
  readonly released: () => void;
  /** Bytes of all records before it. */
  readonly offset: number;
  /** The peer knew that it is to acknowledge, so how long that takes says something about the way. */
  readonly timed: boolean;
  /** When it was sent last, and the place of that among all sendings. */
  sentAt: number;
  sending: number;
  /** How long to wait for its acknowledgement, as it looked when it was sent first. */
  readonly timeout: number;
  resends: number;
  /** Acknowledgements since then that came with, or after, one of something sent later. */
  overtaken: number;
}

const LAST_SEQ = 2 ** 32 - 1;
/** As many acknowledgements of later records mean that a record is lost. Sources: RFC 5681; R1. */
const OVERTAKEN_TO_RESEND = 3;
/** No more than so many records are sent again in so many milliseconds. Source: R1. */
const RESENDS_AT_ONCE = 8;
const RESEND_TICK_MS = 20;
/** Records that are tried while the peer may have no room. Source: our own. With one alone, few losses make a busy peer look silent. */
const TRIED_WITHOUT_ROOM = 2;

/** What stands between the lowest record that is not acknowledged and the next one, at most. */
const WINDOWS = {
  unknown: { records: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY },
  // One record more still fits into what anybody holds.
  known: { records: RELAY_REORDER_RECORDS, bytes: RELAY_REORDER_BYTES - RELAY_RECORD_BYTES - TAG_BYTES },
  mutual: { records: R1_WINDOW_RECORDS, bytes: R1_WINDOW_BYTES },
} satisfies Record<PeerKnowledge, object>;

/**
 * The records sent on one stream, kept until they are acknowledged.
 *
 *   seq    4     5     6     7     8     9
 *        kept  acked kept  acked  kept  next        the window is measured from 4 to 9
 *
 * Acknowledgements are not authenticated: they let records go and make others leave again, and can do nothing else.
 */
export class SentRecords {
  #peer: PeerKnowledge = 'unknown';
  #nextSeq: number;
  #sentBytes = 0;
  #sendings = 0;
  readonly #kept = new Map<number, SentRecord>();
  readonly #roundTrip = new RoundTrip();
  /** The last sending that is known to have come. */
  #newestReceived = 0;
  #progressAt = 0;
  /** What the peer said last was no news. */
  #mayHaveNoRoom = false;
  #tickBegan = Number.NEGATIVE_INFINITY;
  #resentInTick = 0;

  constructor(firstSeq = 0) {
    this.#nextSeq = firstSeq;
  }

  get nextSeq(): number {
    return this.#nextSeq;
  }

  get peer(): PeerKnowledge {
    return this.#peer;
  }

  /** Whether one record more may leave. */
  get hasRoom(): boolean {
    const lowest = this.#lowest();
    if (lowest === undefined) return true;
    const { records, bytes } = WINDOWS[this.#peer];
    return this.#nextSeq - lowest.seq < records && this.#sentBytes - lowest.offset <= bytes;
  }

  /**
   * Since when the peer has neither acknowledged anything nor shown that it lives, although it could have; undefined when there is
   * nothing to acknowledge.
   */
  get stalledSince(): number | undefined {
    return this.#peer === 'unknown' || this.#kept.size === 0 ? undefined : this.#progressAt;
  }

  /** When `resend` has something to do. */
  get deadline(): number | undefined {
    if (this.#peer === 'unknown' || this.#kept.size === 0) return undefined;
    let first = Number.POSITIVE_INFINITY;
    for (const record of this.#tried()) first = Math.min(first, this.#resendAt(record));
    return this.#resentInTick < RESENDS_AT_ONCE ? first : Math.max(first, this.#tickBegan + RESEND_TICK_MS);
  }

  /** The number of the next record. Errors: `streamFailed` when all are used; they never begin anew. */
  number(): number {
    if (this.#nextSeq > LAST_SEQ) throw sequenceExhausted();
    return this.#nextSeq;
  }

  /** The record with that number leaves now. Its memory is ours until `released`, which is called once, and stays as it is. */
  add(now: number, ciphertext: Uint8Array, released = () => {}): void {
    if (this.#kept.size === 0) this.#progressAt = now;
    this.#sendings += 1;
    this.#kept.set(this.#nextSeq, {
      seq: this.#nextSeq,
      ciphertext,
      released,
      offset: this.#sentBytes,
      timed: this.#peer === 'mutual',
      sentAt: now,
      sending: this.#sendings,
      timeout: this.#roundTrip.timeout,
      resends: 0,
      overtaken: 0,
    });
    this.#nextSeq += 1;
    this.#sentBytes += ciphertext.length;
    if (this.#peer === 'unknown') this.#forgetOldest();
  }

  /** The peer speaks R1. What left before is acknowledged or sent again from now on, as far as it is still there. */
  peerSpeaksR1(now: number): void {
    if (this.#peer !== 'unknown') return;
    this.#peer = 'known';
    this.#progressAt = now;
    for (const record of this.#kept.values()) record.sentAt = now;
  }

  /** It knows the same of us. */
  peerKnowsUs(): void {
    this.#peer = 'mutual';
  }

  /** Lets go what the peer has. One that speaks of records that were never sent is not heard. Out: whether there was any news. */
  acknowledge(now: number, { ack, ackBits }: ReceivedNumbers): boolean {
    if (ack >= this.#nextSeq) return false;
    const reach = this.#reach();
    const released = this.#release(ack, ackBits);
    const newest = released.at(-1);
    if (newest !== undefined) {
      this.#progressAt = now;
      // One that was out of reach may have come long ago.
      if (newest.resends === 0 && newest.timed && newest.seq <= reach) this.#roundTrip.measured(now - newest.sentAt);
      for (const { sending } of released) this.#newestReceived = Math.max(this.#newestReceived, sending);
    }
    if (newest !== undefined || ackBits !== 0) this.#mayHaveNoRoom = false;
    for (const record of this.#inReach()) if (record.sending < this.#newestReceived) record.overtaken += 1;
    return newest !== undefined;
  }

  /**
   * The peer has said, in a frame without a record, that it has all up to there and nothing behind it, which is no news: it lives, and
   * may have no room. It is waited for as long as it says so, and until it takes something again only the lowest records are tried.
   *
   * Anybody on the way can say it too. Then a stream lives on that would have ended for want of acknowledgements, with no more kept
   * for it than a window holds: the same comes of acknowledging one record now and then, and of delaying. Its link ends with its
   * peer all the same, and whoever comes back to the session has it at once.
   */
  peerWaits(now: number, ack: number): void {
    const lowest = this.#lowest();
    if (lowest === undefined || ack >= this.#nextSeq || ack + 1 < lowest.seq) return;
    this.#progressAt = now;
    this.#mayHaveNoRoom = true;
  }

  /** What leaves again now, the lowest numbers first. */
  resend(now: number): readonly { readonly seq: number; readonly ciphertext: Uint8Array }[] {
    if (this.#peer === 'unknown') return [];
    if (now >= this.#tickBegan + RESEND_TICK_MS) [this.#tickBegan, this.#resentInTick] = [now, 0];
    const again: SentRecord[] = [];
    let late = false;
    for (const record of this.#tried()) {
      if (this.#resentInTick === RESENDS_AT_ONCE) break;
      if (this.#resendAt(record) > now) continue;
      late ||= record.overtaken < OVERTAKEN_TO_RESEND;
      this.#sentAgain(now, record);
      again.push(record);
    }
    if (late) this.#roundTrip.missed(now);
    return again;
  }

  /** Nothing is kept any more. */
  clear(): void {
    for (const { released } of this.#kept.values()) released();
    this.#kept.clear();
  }

  /** Those that may leave again. */
  #tried(): Iterable<SentRecord> {
    return this.#mayHaveNoRoom ? [...this.#inReach()].slice(0, TRIED_WITHOUT_ROOM) : this.#inReach();
  }

  *#inReach(): Iterable<SentRecord> {
    const reach = this.#reach();
    for (const record of this.#kept.values()) {
      if (record.seq > reach) return;
      yield record;
    }
  }

  /** The highest number that the next acknowledgement can speak of; what is behind it may well have come. */
  #reach(): number {
    return (this.#lowest()?.seq ?? this.#nextSeq) + ACK_BITS - 1;
  }

  #resendAt({ overtaken, resends, sentAt, timeout }: SentRecord): number {
    const { patience } = this.#roundTrip;
    const late = resends === 0 ? Math.min(timeout, this.#roundTrip.timeout) : this.#roundTrip.timeoutAfter(resends);
    return sentAt + (overtaken < OVERTAKEN_TO_RESEND ? late : Math.min(late, patience));
  }

  #lowest(): SentRecord | undefined {
    return this.#kept.values().next().value;
  }

  #forgetOldest(): void {
    for (const [seq, { offset, released }] of this.#kept) {
      if (this.#kept.size <= R1_HISTORY_RECORDS && this.#sentBytes - offset <= R1_HISTORY_BYTES) return;
      this.#kept.delete(seq);
      released();
    }
  }

  /** In the order of their numbers. */
  #release(ack: number, ackBits: number): SentRecord[] {
    const released: SentRecord[] = [];
    for (const [seq, record] of this.#kept) {
      const bit = seq - ack - 1;
      if (bit >= ACK_BITS) break;
      if (bit >= 0 && ((ackBits >>> bit) & 1) === 0) continue;
      this.#kept.delete(seq);
      record.released();
      released.push(record);
    }
    return released;
  }

  #sentAgain(now: number, record: SentRecord): void {
    this.#resentInTick += 1;
    this.#sendings += 1;
    record.sentAt = now;
    record.sending = this.#sendings;
    record.overtaken = 0;
    record.resends += 1;
  }
}
