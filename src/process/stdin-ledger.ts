/**
 * Exactly-once input of one process: which writes have been accepted, which still wait for room, which were here before.
 *
 *   offer ──known id──────────────────────────► accepted, bytes ignored
 *     │──room, nobody waits───────────────────► accepted, bytes go to the worker
 *     │──else: waits in line ──room──► accepted      taken: one chunk has left the worker's queue, so there is room
 *     │             └─withdraw: was never offered
 *     └──so much waits already that it is turned away
 *
 *   after an exit      everything is accepted and nothing is written
 *   after a terminate  known ids are accepted, others are refused
 *
 * Source: process/write of 0.169.0; but there two writes with one id that both wait for room are both written.
 */
import type { WriteId } from '../protocol/ids.js';
import {
  QUEUED_STDIN_BYTES,
  QUEUED_STDIN_CHUNKS,
  REMEMBERED_WRITE_IDS,
  WAITING_STDIN_BYTES,
  WAITING_STDIN_WRITES,
} from '../protocol/limits.js';

/** What the driver is to do, in order. `Offer` names one call of `offer`; each is answered once, or withdrawn. */
export type StdinEffect<Offer> =
  | { readonly do: 'write'; readonly bytes: Uint8Array }
  | { readonly do: 'accept'; readonly offer: Offer }
  /** The process has been terminated: its stdin is gone. */
  | { readonly do: 'refuse'; readonly offer: Offer }
  /** So much waits already that this is not even kept; it was never offered. */
  | { readonly do: 'turnAway'; readonly offer: Offer };

/** Chunks accepted and not yet taken: those queued and the one on its way into the pipe. */
const ROOM = QUEUED_STDIN_CHUNKS + 1;

interface Waiting {
  readonly writeId: WriteId;
  readonly bytes: Uint8Array;
}

/** Bytes are not copied, but kept while they wait. */
export class StdinLedger<Offer> {
  /** Ids of accepted writes, oldest first. */
  readonly #accepted = new Set<WriteId>();
  /** In the order they came. By offer, since a connection that ends withdraws all of its own, which may be many. */
  readonly #waiting = new Map<Offer, Waiting>();
  #waitingBytes = 0;
  /** Lengths of the chunks accepted and not yet taken, oldest first. */
  readonly #untaken: number[] = [];
  #untakenBytes = 0;
  #end: 'none' | 'exited' | 'terminated' = 'none';

  /** Offers that wait for room. */
  get waiting(): number {
    return this.#waiting.size;
  }

  offer(writeId: WriteId, bytes: Uint8Array, offer: Offer): StdinEffect<Offer>[] {
    if (this.#accepted.has(writeId)) return [{ do: 'accept', offer }];
    switch (this.#end) {
      case 'exited':
        return [{ do: 'accept', offer }];
      case 'terminated':
        return [{ do: 'refuse', offer }];
      case 'none':
        if (this.#isFullFor(bytes)) return [{ do: 'turnAway', offer }];
        this.#waiting.set(offer, { writeId, bytes });
        this.#waitingBytes += bytes.length;
        return this.#admit();
      default:
        return this.#end satisfies never;
    }
  }

  /** The worker has written, or dropped, so many chunks. */
  taken(writes: number): StdinEffect<Offer>[] {
    for (const length of this.#untaken.splice(0, writes)) this.#untakenBytes -= length;
    return this.#admit();
  }

  /** Nobody wants the answer any more. An offer that still waits was never made; one that is answered stays answered. */
  withdraw(offer: Offer): void {
    this.#waitingBytes -= this.#waiting.get(offer)?.bytes.length ?? 0;
    this.#waiting.delete(offer);
  }

  /** The process has ended by itself. After a terminate this changes nothing. */
  exited(): StdinEffect<Offer>[] {
    return this.#finish('exited');
  }

  /** The process is being killed at a peer's wish. After an exit this changes nothing. */
  terminated(): StdinEffect<Offer>[] {
    return this.#finish('terminated');
  }

  #finish(end: 'exited' | 'terminated'): StdinEffect<Offer>[] {
    if (this.#end !== 'none') return [];
    this.#end = end;
    const offers = [...this.#waiting.keys()];
    this.#waiting.clear();
    this.#waitingBytes = 0;
    return offers.map((offer) => ({ do: end === 'exited' ? 'accept' : 'refuse', offer }));
  }

  /** Lets offers in as far as there is room. One whose id was let in before it needs none. */
  #admit(): StdinEffect<Offer>[] {
    const effects: StdinEffect<Offer>[] = [];
    for (const [offer, { writeId, bytes }] of this.#waiting) {
      const known = this.#accepted.has(writeId);
      if (!known && !this.#hasRoom()) break;
      this.withdraw(offer);
      if (!known) {
        this.#remember(writeId);
        this.#untaken.push(bytes.length);
        this.#untakenBytes += bytes.length;
        effects.push({ do: 'write', bytes });
      }
      effects.push({ do: 'accept', offer });
    }
    return effects;
  }

  #hasRoom(): boolean {
    if (this.#untaken.length === 0) return true;
    return this.#untaken.length < ROOM && this.#untakenBytes < QUEUED_STDIN_BYTES;
  }

  /** Only what would have to wait is turned away. */
  #isFullFor(bytes: Uint8Array): boolean {
    if (this.#waiting.size === 0) return false;
    return this.#waiting.size >= WAITING_STDIN_WRITES || this.#waitingBytes + bytes.length > WAITING_STDIN_BYTES;
  }

  #remember(writeId: WriteId): void {
    this.#accepted.add(writeId);
    if (this.#accepted.size <= REMEMBERED_WRITE_IDS) return;
    const [oldest] = this.#accepted;
    this.#accepted.delete(oldest!);
  }
}
