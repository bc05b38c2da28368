/** fs/readFile. Source: 0.169.0, probed. */
import { closeSync, fstatSync } from 'node:fs';
import { atPlace } from '#src/files/no-follow.js';
import { openRegularFile } from '#src/files/regular-file.js';
import type { FileTasks } from '#src/pool/file-calls.js';
import { fileTooLarge } from '#src/protocol/errors.js';
import { RESULT_HEAD_BYTES, RESULT_TAIL_BYTES, type ReadyResult } from '#src/protocol/ready-result.js';
import { writeBase64 } from '../base64-slices.js';
import { PIECE_BYTES, readPiece } from './read-piece.js';

const RESULT_HEAD = '{"dataBase64":"';
const RESULT_TAIL = '"}';

/**
 * The whole file as the method's result, in memory of its own. Read to its end whatever its size is said to be: files of /proc say
 * that they are empty, others grow.
 * Errors: -32600 for anything but a regular file, and above the limit; the system's.
 */
export function readFile(task: FileTasks['readFile']['task']): ReadyResult {
  return atPlace(task, (path) => {
    const fd = openRegularFile(path, task);
    try {
      return readWhole(fd, task.limitBytes);
    } finally {
      closeSync(fd);
    }
  });
}

function readWhole(fd: number, limitBytes: number): ReadyResult {
  let room = fstatSync(fd).size;
  if (room > limitBytes) throw fileTooLarge(limitBytes);
  let memory = memoryFor(room);
  const start = RESULT_HEAD_BYTES;
  let end = start + memory.write(RESULT_HEAD, start, 'latin1');
  let length = 0;
  let piece: Buffer;
  do {
    piece = readPiece(fd, PIECE_BYTES, null);
    length += piece.length;
    if (length > limitBytes) throw fileTooLarge(limitBytes);
    if (length > room) {
      room = Math.min(2 * length, limitBytes);
      const larger = memoryFor(room);
      memory.copy(larger, start, start, end);
      memory = larger;
    }
    end = writeBase64(piece, memory, end);
  } while (piece.length === PIECE_BYTES);
  end += memory.write(RESULT_TAIL, end, 'latin1');
  return { memory, start, end };
}

/** For so many bytes of a file, and what stands around them. */
const memoryFor = (bytes: number) =>
  Buffer.allocUnsafeSlow(
    RESULT_HEAD_BYTES + RESULT_HEAD.length + 4 * Math.ceil(bytes / 3) + RESULT_TAIL.length + RESULT_TAIL_BYTES,
  );
