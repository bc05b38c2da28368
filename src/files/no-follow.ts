/**
 * Paths of which no component may be a link. The parents are opened one after the other, each from within the one before, so
 * that a link put in the place of one of them meanwhile leads nobody astray:
 *
 *   /home/me/notes    open /                     ─► 5
 *                     open /proc/self/fd/5/home  ─► 6
 *                     open /proc/self/fd/6/me    ─► 5    then act on /proc/self/fd/5/notes
 *
 * Where the system has no such paths each parent is only looked at, before the work begins.
 */
import { closeSync, lstatSync } from 'node:fs';
import { constants } from 'node:os';
import type { FilePath, Place } from '../pool/file-calls.js';
import { entryPath, HAS_DESCRIPTOR_PATHS, namesOf, openDirectory } from './descriptor-path.js';
import { osFailure } from './os-failure.js';

/** Work on a path, which is good until the work returns. */
type Act<T> = (path: FilePath) => T;
/** Called with each parent before it is opened. */
type Enter = (directory: FilePath) => void;

/**
 * Gives `act` a path on which to do its work. Without links, the last component is for `act` to look at: it must not follow it.
 * Errors: ENOTDIR where a parent is a link, else the system's and those of `act`.
 */
export function atPlace<T>({ path, followSymlinks }: Place, act: Act<T>, enter: Enter = () => {}): T {
  if (followSymlinks) return act(path);
  return HAS_DESCRIPTOR_PATHS ? withParentsOpen(path, act, enter) : withParentsLookedAt(path, act, enter);
}

/** As atPlace, for a path without links, where the system has paths that begin at a descriptor. */
export function withParentsOpen<T>(path: FilePath, act: Act<T>, enter: Enter): T {
  const parents = namesOf(path);
  const last = parents.pop();
  if (last === undefined) return act('/');
  let directory = openDirectory('/');
  try {
    for (const name of parents) {
      const entered = entryPath(directory, name);
      enter(entered);
      const above = directory;
      directory = openDirectory(entered);
      closeSync(above);
    }
    return act(entryPath(directory, last));
  } finally {
    closeSync(directory);
  }
}

/** The same anywhere, as long as nobody changes the parents meanwhile. A missing one is left for `act` to find. */
export function withParentsLookedAt<T>(path: FilePath, act: Act<T>, enter: Enter): T {
  const names = namesOf(path);
  for (let depth = 1; depth < names.length; depth++) {
    const entered = Buffer.from(`/${names.slice(0, depth).join('/')}`, 'latin1');
    enter(entered);
    const stats = lstatSync(entered, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink()) throw osFailure(constants.errno.ENOTDIR);
  }
  return act(path);
}
