import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { osFailure } from '#src/files/os-failure.js';
import type { FileTasks } from '#src/pool/file-calls.js';

/**
 * Writes all of the bytes at the offset. Errors: the system's; then a part may have been written.
 * EFBIG beyond 2^53 as well: Node cannot write there, and few file systems could.
 */
export function writeBlock({ fd, offset, bytes }: FileTasks['writeBlock']['task']): undefined {
  if (!Number.isSafeInteger(Number(offset) + bytes.length)) throw osFailure(constants.errno.EFBIG);
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, Number(offset) + done);
  }
}
