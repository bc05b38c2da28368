import { readSync } from 'node:fs';

/** Read at once: few calls, and still in the core's cache when it is encoded. A multiple of 3, so that only the last piece ends in padding. */
export const PIECE_BYTES = 192 * 1024;
const memory = Buffer.allocUnsafeSlow(PIECE_BYTES);

/**
 * Up to `wanted` bytes (at most PIECE_BYTES) at the position, or where the file stands when that is null; fewer only where the file
 * ends. A view of memory that the next piece is read into. Errors: the system's.
 */
export function readPiece(fd: number, wanted: number, position: number | bigint | null): Buffer {
  let filled = 0;
  // Reads may be short anywhere; only nothing at all is the end.
  while (filled < wanted) {
    const got = readSync(fd, memory, filled, wanted - filled, position === null ? null : plus(position, filled));
    if (got === 0) break;
    filled += got;
  }
  return memory.subarray(0, filled);
}

/** Exact beyond 2^53. */
export const plus = (position: number | bigint, more: number): number | bigint =>
  typeof position === 'number' && Number.isSafeInteger(position + more)
    ? position + more
    : BigInt(position) + BigInt(more);
