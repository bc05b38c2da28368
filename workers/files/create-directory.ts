/** fs/createDirectory. Source: 0.169.0, probed. */
import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { atPlace } from '#src/files/no-follow.js';
import { osFailure } from '#src/files/os-failure.js';
import type { FilePath, FileTasks } from '#src/pool/file-calls.js';
import { RpcError } from '#src/protocol/errors.js';
import { atEntry } from './target-place.js';
import type { Withheld } from './withheld.js';

/**
 * Recursive: makes what is missing on the way, and is content with a directory that is there. Else makes one directory, new.
 * Errors: the system's. ENOTDIR for a link where none is to be followed, EEXIST for one that leads to no directory.
 */
export function createDirectory(task: FileTasks['createDirectory']['task'], withheld?: Withheld): undefined {
  const { path, followSymlinks, recursive } = task;
  if (!recursive) atEntry(task, withheld, makeOne);
  else if (followSymlinks) makeAll(path, withheld);
  else {
    const make = (at: FilePath) => {
      withheld?.refuseMaking(at);
      makeUnlessThere(at);
    };
    atPlace(
      task,
      (at) => {
        make(at);
        if (!lstatSync(at as string).isDirectory()) throw osFailure(constants.errno.ENOTDIR);
      },
      make,
    );
  }
}

/** Its mode is 0777 less the process's umask. */
const makeOne = (path: FilePath): undefined => {
  mkdirSync(path as string);
};

/** Goes up to what is there, then down again. By loops: a path may have thousands of names. */
function makeAll(path: FilePath, withheld: Withheld | undefined): void {
  const missing: Buffer[] = [];
  let upper = Buffer.from(path as string);
  while (upper.length > 0 && !makeOrFind(upper, withheld)) {
    missing.push(upper);
    upper = upper.subarray(0, upper.lastIndexOf('/'));
  }
  for (const lower of missing.reverse()) {
    // Missing again: somebody removes what is made here.
    if (!makeOrFind(lower, withheld)) throw osFailure(constants.errno.ENOENT);
  }
}

/** False when the directory above is missing. */
function makeOrFind(path: Buffer, withheld: Withheld | undefined): boolean {
  try {
    atEntry({ path, followSymlinks: true }, withheld, makeOne, false);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    // Whatever else refuses to make it, a directory that is there is success.
    if (!(error instanceof RpcError) && isDirectory(path)) return true;
    throw error;
  }
}

function isDirectory(path: Buffer): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function makeUnlessThere(path: FilePath): void {
  try {
    mkdirSync(path as string);
  } catch (error) {
    // Also on a file system that nothing can be made on, and where one may not: what is there need not be made.
    if (lstatSync(path as string, { throwIfNoEntry: false }) === undefined) throw error;
  }
}
