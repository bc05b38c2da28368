/** fs/writeFile. Source: 0.169.0, probed; that a write is whole or not at all is our own. */
import { closeSync, fstatSync, lstatSync, realpathSync, unlinkSync } from 'node:fs';
import type { FilePath, FileTasks } from '#src/pool/file-calls.js';
import { overwrite } from './overwrite.js';
import { atTarget } from './target-place.js';
import type { Withheld } from './withheld.js';
import { writeAll } from './write-all.js';
import { isRiskyInPlace, writeBeside } from './write-beside.js';
import { openTarget } from './write-target.js';

/**
 * Makes the bytes the contents of a file, new or there. A file that is there stays the same file wherever that is safe, see
 * `overwrite` and `writeBeside`. When it fails, for want of room or otherwise, the file is what it was, or is not there as before.
 * Errors: -32600 for a FIFO, a socket and a block device; the system's. A file system that finds out later that it is full, as
 * one over a network may, says so too late for that promise.
 */
export function writeFile(task: FileTasks['writeFile']['task'], withheld?: Withheld): undefined {
  const { bytes } = task;
  atTarget(task, withheld, (path, follows) => {
    const target = openTarget(path, task, follows);
    try {
      switch (target.is) {
        case 'new':
          fill(target.fd, target.path, bytes);
          break;
        case 'file':
          if (!wroteBeside(path, target.fd, bytes, follows)) overwrite(target.fd, bytes, target.mayRead);
          break;
        case 'device':
          writeAll(target.fd, bytes, null);
          break;
        default:
          target satisfies never;
      }
    } finally {
      closeSync(target.fd);
    }
  });
}

function wroteBeside(path: FilePath, fd: number, bytes: Uint8Array, follows: boolean): boolean {
  if (!isRiskyInPlace(path, bytes.length)) return false;
  return writeBeside(follows ? realpathSync.native(path as string, 'buffer') : path, fd, bytes);
}

/** Fills the file that was made under this path; what cannot be filled goes again. */
function fill(fd: number, path: FilePath, bytes: Uint8Array): void {
  try {
    writeAll(fd, bytes, 0);
  } catch (error) {
    removeOwn(fd, path);
    throw error;
  }
}

/** Unless somebody has put another in its place. */
function removeOwn(fd: number, path: FilePath): void {
  try {
    const own = fstatSync(fd, { bigint: true });
    const named = lstatSync(path as string, { bigint: true });
    if (own.dev === named.dev && own.ino === named.ino) unlinkSync(path as string);
  } catch {
    // It is no longer there, or cannot be removed. Why it could not be written is what is told.
  }
}
