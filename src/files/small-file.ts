/** Small files read whole in the main thread: instructions, manifests, sources. That costs less than asking another thread. */
import { closeSync, fstatSync, readSync } from 'node:fs';
import type { Place } from '../pool/file-calls.js';
import { atPlace } from './no-follow.js';
import { fileFailure } from './os-failure.js';
import { openRegularFile } from './regular-file.js';

/** A file of up to so many bytes is read and encoded in some 50 µs. Source: our measurements. */
const SMALL_FILE_BYTES = 64 * 1024;
const bytes = Buffer.allocUnsafeSlow(SMALL_FILE_BYTES + 1);

/**
 * The result of fs/readFile as JSON, or undefined for a file that had better be read elsewhere: a large one, one that grows
 * meanwhile, one that does not say how long it is or is made up by the system.
 * Errors: -32600 for anything but a regular file; the system's.
 */
export function smallFileText(place: Place): string | undefined {
  try {
    return atPlace(place, (path) => {
      const fd = openRegularFile(path, place);
      try {
        return readSmall(fd);
      } finally {
        closeSync(fd);
      }
    });
  } catch (error) {
    throw fileFailure(error);
  }
}

function readSmall(fd: number): string | undefined {
  const { size, blocks } = fstatSync(fd);
  // Without blocks it is made up when it is read (/sys), which takes as long as a driver likes.
  if (size === 0 || size > SMALL_FILE_BYTES || blocks === 0) return undefined;
  let length = 0;
  for (;;) {
    // One byte more is asked for: that there is none is the end.
    const got = readSync(fd, bytes, length, size + 1 - length, null);
    if (got === 0) return `{"dataBase64":"${bytes.toString('base64', 0, length)}"}`;
    length += got;
    if (length > size) return undefined;
  }
}
