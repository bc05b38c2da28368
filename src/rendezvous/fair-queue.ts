import { HELD_FRAME_BYTES } from '../protocol/limits.js';
import { Fifo } from '../relay/fifo.js';

interface Share {
  readonly frames: Fifo<Uint8Array>;
  cost: number;
}

/** Frames that wait for one link, from several sources that take turns: one frame of each in a round. */
export class FairQueue<Source> {
  /** Those that have frames; the first is the next. */
  readonly #shares = new Map<Source, Share>();
  #cost = 0;

  /** Bytes of all that waits, with what each frame counts for besides. */
  get cost(): number {
    return this.#cost;
  }

  costOf(source: Source): number {
    return this.#shares.get(source)?.cost ?? 0;
  }

  push(source: Source, frame: Uint8Array): void {
    let share = this.#shares.get(source);
    if (share === undefined) {
      share = { frames: new Fifo(), cost: 0 };
      this.#shares.set(source, share);
    }
    const cost = costOf(frame);
    share.frames.push(frame);
    share.cost += cost;
    this.#cost += cost;
  }

  shift(): { readonly source: Source; readonly frame: Uint8Array } | undefined {
    for (const [source, share] of this.#shares) {
      const frame = share.frames.shift()!;
      const cost = costOf(frame);
      share.cost -= cost;
      this.#cost -= cost;
      // Behind all others that wait.
      this.#shares.delete(source);
      if (share.frames.size > 0) this.#shares.set(source, share);
      return { source, frame };
    }
    return undefined;
  }

  /** Forgets what a source has waiting. */
  drop(source: Source): void {
    this.#cost -= this.costOf(source);
    this.#shares.delete(source);
  }
}

const costOf = (frame: Uint8Array): number => frame.byteLength + HELD_FRAME_BYTES;
