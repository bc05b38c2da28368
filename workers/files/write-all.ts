import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { osFailure } from '#src/files/os-failure.js';

/**
 * Writes all of the bytes at the position, or where the file stands when that is null; the system may take them in parts.
 * Errors: the system's; then a part may have been written. EIO where it takes nothing and gives no reason.
 */
export function writeAll(fd: number, bytes: Uint8Array, position: number | null): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSome(fd, bytes, done, position === null ? null : position + done);
  }
}

/** Writes what the system takes of the bytes from `from` on; out: how many. Errors: as above, and then nothing has been written. */
export function writeSome(fd: number, bytes: Uint8Array, from: number, position: number | null): number {
  const written = writeSync(fd, bytes, from, bytes.length - from, position);
  if (written === 0) throw osFailure(constants.errno.EIO);
  return written;
}
