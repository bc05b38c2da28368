/** The way to what is to be made, changed or removed, past what is withheld. */
import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { constants as os } from 'node:os';
import { descriptorPath, entryPath, O_PATH } from '#src/files/descriptor-path.js';
import { atPlace } from '#src/files/no-follow.js';
import { osFailure } from '#src/files/os-failure.js';
import type { FilePath, Place } from '#src/pool/file-calls.js';
import type { Withheld } from './withheld.js';

/** Links followed one after the other. Source: Linux (MAXSYMLINKS). */
const MAX_LINKS = 40;
/** How often the way is looked for anew when somebody puts a link in the place of the target. */
const ATTEMPTS = 3;

/**
 * Gives `act` a path at which to make something or change what is there. `follows`: whether it is to follow a last link; where
 * anything is withheld, links have been followed already, and one that has come meanwhile must be refused by ELOOP.
 * Errors: EROFS where anything is withheld; EACCES when the target is a link each time; the system's and those of `act`.
 */
export function atTarget<T>(
  place: Place,
  withheld: Withheld | undefined,
  act: (path: FilePath, follows: boolean) => T,
): T {
  if (withheld === undefined) return atPlace(place, (path) => act(path, place.followSymlinks));
  if (!place.followSymlinks) return withoutLinks(place, withheld, (path) => act(path, false));
  const way = { withheld, followsLast: true, explainsMissing: true };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const done = along(place.path, way, (path) => unlessLink(() => act(path, false)));
    if (done !== undefined) return done.result;
  }
  throw osFailure(os.errno.EACCES);
}

/** The same for what never follows a last link. `explainsMissing`: whether what is missing on the way may be withheld itself. */
export function atEntry<T>(
  place: Place,
  withheld: Withheld | undefined,
  act: (path: FilePath) => T,
  explainsMissing = true,
): T {
  if (withheld === undefined) return atPlace(place, act);
  if (!place.followSymlinks) return withoutLinks(place, withheld, act);
  return along(place.path, { withheld, followsLast: false, explainsMissing }, act);
}

/** The same for what is to be removed: it makes nothing, so that what is withheld matters only if it is there. `act` finds out. */
export function atRemoved<T>(place: Place, withheld: Withheld | undefined, act: (path: FilePath) => T): T {
  if (withheld === undefined || !place.followSymlinks) return atPlace(place, act);
  return along(place.path, { withheld: undefined, followsLast: false, explainsMissing: false }, act);
}

function withoutLinks<T>(place: Place, withheld: Withheld, act: (path: FilePath) => T): T {
  const refuse = (path: FilePath) => withheld.refuseMaking(path);
  return atPlace(
    place,
    (path) => {
      refuse(path);
      return act(path);
    },
    refuse,
  );
}

/** Undefined for ELOOP, which is all that a target which has become a link has come to. */
function unlessLink<T>(act: () => T): { readonly result: T } | undefined {
  try {
    return { result: act() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return undefined;
    throw error;
  }
}

interface Way {
  readonly withheld: Withheld | undefined;
  readonly followsLast: boolean;
  readonly explainsMissing: boolean;
}

/**
 * The directory is opened through links by the kernel, in one step, and only then asked where it is; the last component is followed
 * here, one link after the other. From what is missing it goes on upwards to what is there: that may be where something is withheld.
 */
function along<T>(path: FilePath, { withheld, followsLast, explainsMissing }: Way, act: (path: FilePath) => T): T {
  let ahead = latin1(path);
  let directory: number | undefined;
  let missing: unknown;
  try {
    for (let links = 0; links <= MAX_LINKS; ) {
      const [parent, name] = cut(ahead);
      if (parent === undefined) {
        if (missing !== undefined) throw missing;
        return act('/');
      }
      let opened: number;
      try {
        opened = openSync(Buffer.from(parent, 'latin1'), O_PATH | constants.O_DIRECTORY);
      } catch (error) {
        if (!explainsMissing || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw missing ?? error;
        missing ??= error;
        ahead = parent.length < ahead.length ? parent : withoutLast(ahead);
        continue;
      }
      if (directory !== undefined) closeSync(directory);
      directory = opened;
      const entry = entryPath(directory, name);
      withheld?.refuseMaking(entry);
      const target = followsLast || missing !== undefined ? linkAt(entry) : undefined;
      if (target === undefined) {
        if (missing !== undefined) throw missing;
        return act(entry);
      }
      ahead = target.startsWith('/') ? target : `${descriptorPath(directory)}/${target}`;
      links++;
    }
  } finally {
    if (directory !== undefined) closeSync(directory);
  }
  throw missing ?? osFailure(os.errno.ELOOP);
}

const latin1 = (path: FilePath): string => Buffer.from(path as string).toString('latin1');

/**
 * The path of a directory, and a name in it. What ends like a directory is one: its name is `.`, in itself.
 * Nothing for the root.
 */
function cut(path: string): [directory: string, name: string] | [directory: undefined, name: undefined] {
  if (/^\/*$/.test(path)) return [undefined, undefined];
  const at = path.lastIndexOf('/');
  const name = path.slice(at + 1);
  if (name === '' || name === '.' || name === '..') return [path, '.'];
  return [path.slice(0, Math.max(at, 1)), name];
}

/** Without the slash at its end, or else without the last component. */
const withoutLast = (path: string): string => path.replace(/(?<=[^/])\/+$|\/*[^/]+$/, '');

/** What a link says; undefined for anything else, and for nothing. */
function linkAt(entry: Buffer): string | undefined {
  try {
    return readlinkSync(entry, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Not for us to tell: whoever acts on it will be told.
    if (code === 'EINVAL' || code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
