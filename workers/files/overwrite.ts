import { fstatSync, ftruncateSync, readSync } from 'node:fs';
import { writeAll, writeSome } from './write-all.js';

/**
 * Gives a file new contents in place, so that it stays the same file: its number, mode, owner, names, attributes. All or nothing:
 *
 *   old    [ A           ][ B     ]              A is kept in memory,
 *   new    [ A'          ][ C              ]     C, which needs room, goes first: if it fails, it is cut off again, and A was not touched;
 *                                                then A', which has its room already: if it fails nevertheless, A is put back.
 *
 * Some file systems need room even for A': where A has holes, or shares its blocks with a copy. A is put back into the room that
 * A' has just got. Copy-on-write file systems may need it anew each time; for them there is `writeBeside`.
 * Only what may not be read cannot be kept and put back. Errors: the system's.
 */
export function overwrite(fd: number, bytes: Uint8Array, mayRead: boolean): void {
  const { size } = fstatSync(fd);
  const shared = Math.min(size, bytes.length);
  const kept = mayRead ? readStart(fd, shared) : NOTHING;
  let overwritten = 0;
  try {
    writeAll(fd, bytes.subarray(shared), shared);
    while (overwritten < shared) overwritten += writeSome(fd, bytes.subarray(0, shared), overwritten, overwritten);
    if (bytes.length < size) ftruncateSync(fd, bytes.length);
  } catch (error) {
    putBack(fd, kept.subarray(0, overwritten), size);
    throw error;
  }
}

const NOTHING = Buffer.alloc(0);

/** Less where the file has become shorter meanwhile. */
function readStart(fd: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const got = readSync(fd, bytes, filled, length - filled, filled);
    if (got === 0) break;
    filled += got;
  }
  return bytes.subarray(0, filled);
}

/** Cuts first: that gives room back. */
function putBack(fd: number, start: Uint8Array, size: number): void {
  try {
    ftruncateSync(fd, size);
    writeAll(fd, start, 0);
  } catch {
    // The first failure is the one to tell of, and nothing more can be done about this one.
  }
}
