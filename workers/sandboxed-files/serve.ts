import { read, readSync } from 'node:fs';
import { HELPER_REQUEST_BYTES } from '#src/protocol/limits.js';
import { FrameReader } from '#src/sandboxed-files/frames.js';
import type { Helper } from './helper.js';

/** What a pipe holds. */
const PIECE_BYTES = 64 * 1024;

const LIMITS = { jsonBytes: HELPER_REQUEST_BYTES, bodyBytes: HELPER_REQUEST_BYTES };

/**
 * Gives the requests that come in on the descriptor to the helper, one after the other, until it ends. While all is done here it
 * waits in the read itself, which is the quickest; the event loop is needed only to hear of threads.
 * Errors: for input that is not made of frames, or ends within one; those of the helper.
 */
export async function serve(input: number, helper: Helper): Promise<void> {
  const reader = new FrameReader(LIMITS);
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  for (;;) {
    const length = helper.waitsForThreads ? await readLater(input, piece) : readSync(input, piece);
    if (length === 0) break;
    for (const frame of reader.push(piece.subarray(0, length))) await helper.take(frame);
  }
  if (!reader.isBetweenFrames) throw new Error('the input ends within a frame');
}

const readLater = (input: number, piece: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    read(input, piece, 0, piece.length, null, (error, length) => (error === null ? resolve(length) : reject(error)));
  });
