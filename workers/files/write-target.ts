import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { constants as os } from 'node:os';
import { osFailure } from '#src/files/os-failure.js';
import { notRegular } from '#src/files/regular-file.js';
import type { FilePath, Place } from '#src/pool/file-calls.js';

const { O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/** What is written to, open. It belongs to whoever asked. */
export type WriteTarget =
  /** Made here, empty, under this path. */
  | { readonly is: 'new'; readonly fd: number; readonly path: FilePath }
  | { readonly is: 'file'; readonly fd: number; readonly mayRead: boolean }
  /** A character device, such as /dev/null, which takes what it is given. Not where no link is followed, as in the reference. */
  | { readonly is: 'device'; readonly fd: number };

/** Less the process's umask. */
const NEW_FILE_MODE = 0o666;
/** Links followed one after the other. Source: Linux. */
const MAX_LINKS = 40;

/**
 * Opens what the path leads to, or makes a file there; a link that leads nowhere gets its target. What is there is not changed, and
 * nothing is waited for. `place` is what is named in errors, and says what may be written; `follows`: whether the path may still be
 * that of a link. Errors: -32600 for what cannot be written as a file; the system's.
 */
export function openTarget(path: FilePath, place: Place, follows = place.followSymlinks): WriteTarget {
  const look = follows ? statSync : lstatSync;
  let name = path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const seen = look(name as string, { throwIfNoEntry: false });
    if (seen !== undefined) return openExisting(name, seen, place, follows);
    const fd = createNew(name);
    if (fd !== undefined) return { is: 'new', fd, path: name };
    if (follows) name = linkedFrom(name) ?? name;
  }
  throw osFailure(os.errno.ELOOP);
}

/** Looks before it opens: a FIFO without a reader cannot be opened, and a device may take being opened for an order. */
function openExisting(path: FilePath, seen: Stats, place: Place, follows: boolean): WriteTarget {
  if (seen.isFIFO() || seen.isSocket() || seen.isBlockDevice()) throw notRegular(place);
  if (seen.isCharacterDevice() && !place.followSymlinks) throw notRegular(place);
  const flags = O_NONBLOCK | O_NOCTTY | (follows ? 0 : O_NOFOLLOW);
  const { fd, mayRead } = seen.isCharacterDevice()
    ? { fd: openSync(path as string, O_WRONLY | flags), mayRead: false }
    : openReadable(path, flags);
  const opened = fstatSync(fd);
  if (opened.isFile()) return { is: 'file', fd, mayRead };
  if (opened.isCharacterDevice()) return { is: 'device', fd };
  closeSync(fd);
  throw notRegular(place);
}

/** For reading as well where that is permitted. */
function openReadable(path: FilePath, flags: number): { fd: number; mayRead: boolean } {
  try {
    return { fd: openSync(path as string, O_RDWR | flags), mayRead: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    return { fd: openSync(path as string, O_WRONLY | flags), mayRead: false };
  }
}

/** Undefined when the name is taken. */
function createNew(path: FilePath): number | undefined {
  try {
    return openSync(path as string, O_WRONLY | O_CREAT | O_EXCL, NEW_FILE_MODE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

/** Where a link leads; undefined for anything else, which somebody else has just made. */
function linkedFrom(path: FilePath): Buffer | undefined {
  if (!lstatSync(path as string, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
  const target = readlinkSync(path as string, 'buffer');
  const link = Buffer.from(path as string);
  return target[0] === SLASH ? target : Buffer.concat([link.subarray(0, link.lastIndexOf(SLASH) + 1), target]);
}
const SLASH = 0x2f;
