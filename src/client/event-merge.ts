import { REORDER_BYTES, REORDER_EVENTS } from '../protocol/limits.js';
import { bytesOf, type ExitedEvent, lastSeqOf, type ProcessEvent, type SequencedEvent } from './process-event.js';
import { type Placement, placeRead, type ReadFacts } from './read-placement.js';

/** What one arrival led to. `overflow`: the arrival could not be held and only a read can bring it back. */
export interface Arrival {
  readonly ready: readonly ProcessEvent[];
  readonly overflow: boolean;
}

const NOTHING: Arrival = { ready: [], overflow: false };

/**
 * Puts the events of one process in order: number n is delivered after n - 1 and once; nothing follows `closed`.
 * Events that come early are held, at most 256 with 1 MiB of output; the one that closes the gap is never refused.
 *
 * ```
 *   arrivals   1   3   2   5   5   4        delivered   1   -   2,3   -   -   4,5
 * ```
 * No clock in here: whoever owns it watches `missing` and asks for a read when a gap lasts.
 */
export class EventMerge {
  #delivered = 0;
  #highestSeen = 0;
  #closed = false;
  #exit: ExitedEvent | undefined;
  /** Bytes of output up to the last number delivered; undefined once some are lost of which nobody knows how many. */
  #bytes: number | undefined = 0;
  readonly #held = new Map<number, SequencedEvent>();
  #heldBytes = 0;

  /** The last number delivered. */
  get delivered(): number {
    return this.#delivered;
  }

  /** The number waited for while later ones are known to exist, else undefined. */
  get missing(): number | undefined {
    return !this.#closed && this.#highestSeen > this.#delivered ? this.#delivered + 1 : undefined;
  }

  /** The exit, once delivered. */
  get exit(): ExitedEvent | undefined {
    return this.#exit;
  }

  /** Takes an event as it came from the wire. */
  receive(event: SequencedEvent): Arrival {
    if (this.#closed || event.seq <= this.#delivered || this.#held.has(event.seq)) return NOTHING;
    this.#highestSeen = Math.max(this.#highestSeen, event.seq);
    if (event.seq === this.#delivered + 1) {
      this.#deliver(event);
      return { ready: this.#held.size === 0 ? [event] : [event, ...this.#releaseHeld()], overflow: false };
    }
    const full = this.#held.size >= REORDER_EVENTS || this.#heldBytes + bytesOf(event) > REORDER_BYTES;
    if (full) return { ready: [], overflow: true };
    this.#held.set(event.seq, event);
    this.#heldBytes += bytesOf(event);
    return NOTHING;
  }

  /** Takes the answer to a read of everything after `delivered` as it was when asked, or later. Events: what is new. */
  fill(read: ReadFacts): Placement {
    if (this.#closed) return { ok: true, events: [], through: this.#delivered, lostBytes: 0 };
    const early = [...this.#held.values()];
    const exitKnown = this.#exit !== undefined || early.some(({ type }) => type === 'exited');
    const placement = placeRead({ after: this.#delivered, bytes: this.#bytes, early, exitKnown }, read);
    if (!placement.ok) return placement;
    for (const event of placement.events) this.#deliver(event);
    this.#count(placement.lostBytes);
    for (const { seq } of early) if (seq <= this.#delivered) this.#drop(seq);
    const events = [...placement.events, ...this.#releaseHeld()];
    return { ok: true, events, through: this.#delivered, lostBytes: placement.lostBytes };
  }

  #releaseHeld(): ProcessEvent[] {
    const released: ProcessEvent[] = [];
    for (;;) {
      const next = this.#held.get(this.#delivered + 1);
      if (next === undefined || this.#closed) return released;
      this.#drop(next.seq);
      this.#deliver(next);
      released.push(next);
    }
  }

  #deliver(event: ProcessEvent): void {
    this.#delivered = lastSeqOf(event);
    this.#count(bytesOf(event));
    this.#highestSeen = Math.max(this.#highestSeen, this.#delivered);
    if (event.type === 'exited') this.#exit ??= event;
    if (event.type !== 'closed') return;
    this.#closed = true;
    this.#held.clear();
    this.#heldBytes = 0;
  }

  #count(bytes: number | undefined): void {
    this.#bytes = this.#bytes === undefined || bytes === undefined ? undefined : this.#bytes + bytes;
  }

  #drop(seq: number): void {
    const event = this.#held.get(seq);
    if (event === undefined) return;
    this.#held.delete(seq);
    this.#heldBytes -= bytesOf(event);
  }
}
