import { constants } from 'node:os';
import { osFailure } from '#src/files/os-failure.js';
import type { FileTasks } from '#src/pool/file-calls.js';
import { writeAll } from './write-all.js';

/**
 * Writes all of the bytes at the offset. Errors: those of writeAll; EFBIG beyond
 * 2^53 as well: Node cannot write there, and few file systems could.
 */
export function writeBlock({ fd, offset, bytes }: FileTasks['writeBlock']['task']): undefined {
  if (!Number.isSafeInteger(Number(offset) + bytes.length)) throw osFailure(constants.errno.EFBIG);
  writeAll(fd, bytes, Number(offset));
}
