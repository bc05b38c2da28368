/** Rings of ended processes, kept by one worker for its next ones: fresh shared memory costs far more than a used piece. */
import { createRing } from './create-ring.js';
import { HEADER_BYTES } from './published-state.js';
import { RingWriter } from './ring-writer.js';

/** A ring that has grown beyond this is given back to the system. */
export const POOLED_RING_BYTES = 256 * 1024;
/** Rings that wait for a process; together at most 16 MiB per worker. Full: the returned ring is dropped. */
export const POOLED_RINGS = 64;

export class RingPool {
  /** Last in, first out: the ring used last is the one whose pages are still in the caches. */
  readonly #free: RingWriter[] = [];

  /** Rings that wait for a process. */
  get size(): number {
    return this.#free.length;
  }

  /** An empty ring, which the caller owns. */
  take(): RingWriter {
    const used = this.#free.pop();
    if (used === undefined) return new RingWriter(createRing());
    used.reset();
    return used;
  }

  /** Takes a ring back. The caller vouches that no reader of the former process is left and uses the writer no more. */
  give(writer: RingWriter): void {
    const grown = writer.ring.byteLength > HEADER_BYTES + POOLED_RING_BYTES;
    if (!grown && this.#free.length < POOLED_RINGS) this.#free.push(writer);
  }
}
