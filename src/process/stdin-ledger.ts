/**
 * Exactly-once input of one process: which writes have been accepted, which still wait for room, which were here before.
 *
 *   offer ──known id──────────────────────────► accepted, bytes ignored
 *     │──room, nobody waits───────────────────► accepted, bytes go to the worker
 *     └──else: waits in line ──room──► accepted      taken: one chunk has left the worker's queue, so there is room
 *                   └─withdraw: was never offered
 *
 *   after an exit      everything is accepted and nothing is written
 *   after a terminate  known ids are accepted, others are refused
 *
 * Source: process/write of 0.169.0; but there two writes with one id that both wait for room are both written.
 */
import type { WriteId } from '../protocol/ids.js';
import { QUEUED_STDIN_CHUNKS, REMEMBERED_WRITE_IDS } from '../protocol/limits.js';

/** What the driver is to do, in order. `Offer` names one call of `offer`; each is answered once, or withdrawn. */
export type StdinEffect<Offer> =
  | { readonly do: 'write'; readonly bytes: Uint8Array }
  | { readonly do: 'accept'; readonly offer: Offer }
  /** The process has been terminated: its stdin is gone. */
  | { readonly do: 'refuse'; readonly offer: Offer };

/** Chunks accepted and not yet taken: those queued and the one on its way into the pipe. */
const ROOM = QUEUED_STDIN_CHUNKS + 1;

interface Waiting {
  readonly writeId: WriteId;
  readonly bytes: Uint8Array;
}

/** Bytes are not copied, but kept while they wait. The number of waiting offers is bounded by who makes them. */
export class StdinLedger<Offer> {
  /** Ids of accepted writes, oldest first. */
  readonly #accepted = new Set<WriteId>();
  /** In the order they came. By offer, since a connection that ends withdraws all of its own, which may be many. */
  readonly #waiting = new Map<Offer, Waiting>();
  #untaken = 0;
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
        this.#waiting.set(offer, { writeId, bytes });
        return this.#admit();
      default:
        return this.#end satisfies never;
    }
  }

  /** The worker has written, or dropped, so many chunks. */
  taken(writes: number): StdinEffect<Offer>[] {
    this.#untaken -= writes;
    return this.#admit();
  }

  /** Nobody wants the answer any more. An offer that still waits was never made; one that is answered stays answered. */
  withdraw(offer: Offer): void {
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
    return offers.map((offer) => ({ do: end === 'exited' ? 'accept' : 'refuse', offer }));
  }

  /** Lets offers in as far as there is room. One whose id was let in before it needs none. */
  #admit(): StdinEffect<Offer>[] {
    const effects: StdinEffect<Offer>[] = [];
    for (const [offer, { writeId, bytes }] of this.#waiting) {
      const known = this.#accepted.has(writeId);
      if (!known && this.#untaken >= ROOM) break;
      this.#waiting.delete(offer);
      if (!known) {
        this.#remember(writeId);
        this.#untaken += 1;
        effects.push({ do: 'write', bytes });
      }
      effects.push({ do: 'accept', offer });
    }
    return effects;
  }

  #remember(writeId: WriteId): void {
    this.#accepted.add(writeId);
    if (this.#accepted.size <= REMEMBERED_WRITE_IDS) return;
    const [oldest] = this.#accepted;
    this.#accepted.delete(oldest!);
  }
}
