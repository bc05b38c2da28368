import { fstatSync } from 'node:fs';
import { stampOf } from '#src/files/file-stamp.js';
import { BLOCK_HEAD, BLOCK_TAIL } from '#src/pool/block-slots.js';
import type { FileTasks } from '#src/pool/file-calls.js';
import { RESULT_HEAD_BYTES } from '#src/protocol/ready-result.js';
import { writeBase64 } from '../base64-slices.js';
import { PIECE_BYTES, plus, readPiece } from './read-piece.js';

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
    const piece = readPiece(fd, wanted, plus(offset, done));
    end = writeBase64(piece, text, end);
    done += piece.length;
    eof = piece.length < wanted;
  }
  end += text.write(eof ? BLOCK_TAIL.end : BLOCK_TAIL.more, end, 'latin1');
  return { start, end, eof, stamp };
}
