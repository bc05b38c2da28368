/** fs/createDirectory. Source: 0.169.0, probed. */
import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { atPlace } from '#src/files/no-follow.js';
import { osFailure } from '#src/files/os-failure.js';
import type { FilePath, FileTasks } from '#src/pool/file-calls.js';

/**
 * Recursive: makes what is missing on the way, and is content with a directory that is there. Else makes one directory, new.
 * Errors: the system's. ENOTDIR for a link where none is to be followed, EEXIST for one that leads to no directory.
 */
export function createDirectory(task: FileTasks['createDirectory']['task']): undefined {
  const { path, followSymlinks, recursive } = task;
  if (!recursive) atPlace(task, makeOne);
  else if (followSymlinks) makeAll(path);
  else atPlace(task, makeWithoutLinks, makeUnlessThere);
}

/** Its mode is 0777 less the process's umask. */
const makeOne = (path: FilePath): undefined => {
  mkdirSync(path as string);
};

/** Goes up to what is there, then down again. By loops: a path may have thousands of names. */
function makeAll(path: FilePath): void {
  const missing: Buffer[] = [];
  let upper = Buffer.from(path as string);
  while (upper.length > 0 && !makeOrFind(upper)) {
    missing.push(upper);
    upper = upper.subarray(0, upper.lastIndexOf('/'));
  }
  for (const lower of missing.reverse()) {
    // Missing again: somebody removes what is made here.
    if (!makeOrFind(lower)) throw osFailure(constants.errno.ENOENT);
  }
}

/** False when the directory above is missing. */
function makeOrFind(path: Buffer): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    // Whatever refuses to make it, a directory that is there is success.
    if (isDirectory(path)) return true;
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

function makeWithoutLinks(path: FilePath): undefined {
  makeUnlessThere(path);
  if (!lstatSync(path as string).isDirectory()) throw osFailure(constants.errno.ENOTDIR);
}

function makeUnlessThere(path: FilePath): void {
  try {
    mkdirSync(path as string);
  } catch (error) {
    // Also on a file system that nothing can be made on, and where one may not: what is there need not be made.
    if (lstatSync(path as string, { throwIfNoEntry: false }) === undefined) throw error;
  }
}
