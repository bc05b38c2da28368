import { RELAY_RECORD_BYTES } from '../protocol/limits.js';
import { unmasked } from './masked-frame.js';

/** Memory of one frame, which more than one may still need. */
export interface LentFrame {
  readonly bytes: Buffer;
  /** It has left: these bytes are masked with this key. */
  maskedWith(key: Uint8Array): void;
  /** What was written from number `from` on, masked meanwhile or not: in memory of its own. */
  copyFrom(from: number): Uint8Array;
  /** One of its users needs it no more. */
  release(): void;
}

/** Smaller frames have memory of their own: that costs less than what it would save. */
const SMALLEST_BYTES = 16 * 1024;
/** A full record with its tag, and what a frame has beside it for streams whose ids are UUIDs. */
const FRAME_BYTES = RELAY_RECORD_BYTES + 256;
/** Frames that are kept for the next ones, 2 MiB. Source: our measurements. */
const KEPT_FRAMES = 34;

/**
 * Memory of frames, used again: fresh memory for each has to be mapped, zeroed and collected, which takes longer than encrypting
 * into it. One for a link; nothing of a frame is read by others than its users.
 */
export class FramePool {
  readonly #free: Buffer[] = [];

  /** To be released `users` times. */
  lend(bytes: number, users: number): LentFrame {
    if (bytes < SMALLEST_BYTES || bytes > FRAME_BYTES) return lent(Buffer.allocUnsafeSlow(bytes), () => {});
    const memory = this.#free.pop() ?? Buffer.allocUnsafeSlow(FRAME_BYTES);
    let left = users;
    return lent(memory.subarray(0, bytes), () => {
      left -= 1;
      if (left === 0 && this.#free.length < KEPT_FRAMES) this.#free.push(memory);
    });
  }
}

function lent(bytes: Buffer, release: () => void): LentFrame {
  let key: Uint8Array | undefined;
  return {
    bytes,
    maskedWith: (used) => {
      key = used;
    },
    copyFrom: (from) => (key === undefined ? Uint8Array.from(bytes.subarray(from)) : unmasked(bytes, key, from)),
    release,
  };
}
