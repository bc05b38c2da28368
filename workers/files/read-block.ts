import { fstatSync, readSync } from 'node:fs';
import { stampOf } from '#src/files/file-stamp.js';
import { BLOCK_HEAD, BLOCK_TAIL } from '#src/pool/block-slots.js';
import type { FileTasks } from '#src/pool/file-calls.js';
import { RESULT_HEAD_BYTES } from '#src/protocol/ready-result.js';
import { writeBase64 } from '../base64-slices.js';

/** Read at once: few calls, and still in the core's cache when it is encoded. A multiple of 3, so that only the last piece ends in padding. */
const PIECE_BYTES = 192 * 1024;

const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);

/** The file's bytes from the offset on, until there are enough or the file ends. Errors: the system's. */
export function readBlock(task: FileTasks['readBlock']['task']): FileTasks['readBlock']['result'] {
  const { fd, offset, length, slot } = task;
  const now = Date.now();
  const stamp = stampOf(fstatSync(fd, { bigint: true }), now);
  const text = Buffer.from(slot);
  const start = RESULT_HEAD_BYTES;
  let end = start + text.write(BLOCK_HEAD, start, 'latin1');
  let done = 0;
  let eof = false;
  while (done < length && !eof) {
    const wanted = Math.min(length - done, PIECE_BYTES);
    const got = fillPiece(fd, plus(offset, done), wanted);
    end = writeBase64(piece.subarray(0, got), text, end);
    done += got;
    eof = got < wanted;
  }
  end += text.write(eof ? BLOCK_TAIL.end : BLOCK_TAIL.more, end, 'latin1');
  return { start, end, eof, stamp };
}

/** Reads may be short anywhere; only nothing at all is the end. Out: how many bytes there were. */
function fillPiece(fd: number, offset: number | bigint, wanted: number): number {
  let filled = 0;
  while (filled < wanted) {
    const got = readSync(fd, piece, filled, wanted - filled, plus(offset, filled));
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

/** Exact beyond 2^53. */
const plus = (offset: number | bigint, more: number): number | bigint =>
  typeof offset === 'number' && Number.isSafeInteger(offset + more) ? offset + more : BigInt(offset) + BigInt(more);
