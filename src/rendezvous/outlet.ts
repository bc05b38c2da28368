import { HELD_FRAME_BYTES, RELAY_HANDED_OUT_BYTES } from '../protocol/limits.js';
import { FairQueue } from './fair-queue.js';
import type { Link } from './link.js';

/**
 * What waits for one link. Little is handed to the socket ahead of time, so that every source is soon heard.
 *
 *     source a ─► [···]
 *     source b ─► [·]   ─ in turns ─► socket (at most RELAY_HANDED_OUT_BYTES, and a frame) ─► kernel
 *     source c ─► [··]
 */
export class Outlet<Source> {
  readonly #link: Link;
  readonly #queue = new FairQueue<Source>();
  readonly #left: (source: Source, cost: number) => void;
  #handedOut = 0;

  /** `left` is told of each frame that is held no longer, and what it had counted for. */
  constructor(link: Link, left: (source: Source, cost: number) => void) {
    this.#link = link;
    this.#left = left;
  }

  /** Bytes of all that is held, the socket's too, with what each frame counts for besides. */
  get cost(): number {
    return this.#queue.cost + this.#handedOut;
  }

  waiting(source: Source): number {
    return this.#queue.costOf(source);
  }

  /** Gives what it counts for. */
  push(source: Source, frame: Uint8Array): number {
    this.#queue.push(source, frame);
    this.#pump();
    return frame.byteLength + HELD_FRAME_BYTES;
  }

  /** Forgets what has not been handed out. `left` is not told. */
  drop(source: Source): void {
    this.#queue.drop(source);
  }

  #pump(): void {
    while (this.#link.queuedBytes < RELAY_HANDED_OUT_BYTES) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      const cost = next.frame.byteLength + HELD_FRAME_BYTES;
      this.#handedOut += cost;
      this.#link.send(next.frame, () => {
        this.#handedOut -= cost;
        this.#left(next.source, cost);
        this.#pump();
      });
    }
  }
}
