import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { constants as os } from 'node:os';
import { osFailure } from '#src/files/os-failure.js';
import type { FilePath } from '#src/pool/file-calls.js';
import { notAFile } from '#src/protocol/errors.js';

const { O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/** What is written to, open. It belongs to whoever asked. */
export type WriteTarget =
  /** Made here, empty, under this path. */
  | { readonly is: 'new'; readonly fd: number; readonly path: FilePath }
  | { readonly is: 'file'; readonly fd: number; readonly mayRead: boolean }
  /** A character device, such as /dev/null: takes what it is given. */
  | { readonly is: 'device'; readonly fd: number };

/** Less the process's umask. */
const NEW_FILE_MODE = 0o666;
/** Links followed one after the other. Source: Linux. */
const MAX_LINKS = 40;

export interface TargetOptions {
  /** False: the last component must be no link. */
  readonly followSymlinks: boolean;
  /** The path to name in errors. */
  readonly named: FilePath;
}

/**
 * Opens what the path leads to, or makes a file there; a link that leads nowhere gets its target. What is there is not changed, and
 * nothing is waited for. Errors: -32600 for what cannot be written as a file; the system's.
 */
export function openTarget(path: FilePath, options: TargetOptions): WriteTarget {
  const look = options.followSymlinks ? statSync : lstatSync;
  let place = path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const seen = look(place as string, { throwIfNoEntry: false });
    if (seen !== undefined) return openExisting(place, seen, options);
    const fd = createNew(place);
    if (fd !== undefined) return { is: 'new', fd, path: place };
    place = linkedFrom(place) ?? place;
  }
  throw osFailure(os.errno.ELOOP);
}

/** Looks before it opens: a FIFO without a reader cannot be opened, and a device may take being opened for an order. */
function openExisting(path: FilePath, seen: Stats, { followSymlinks, named }: TargetOptions): WriteTarget {
  if (seen.isFIFO() || seen.isSocket() || seen.isBlockDevice()) throw notA(named);
  const flags = O_NONBLOCK | O_NOCTTY | (followSymlinks ? 0 : O_NOFOLLOW);
  const { fd, mayRead } = seen.isCharacterDevice()
    ? { fd: openSync(path as string, O_WRONLY | flags), mayRead: false }
    : openReadable(path, flags);
  const opened = fstatSync(fd);
  if (opened.isFile()) return { is: 'file', fd, mayRead };
  if (opened.isCharacterDevice()) return { is: 'device', fd };
  closeSync(fd);
  throw notA(named);
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

const notA = (path: FilePath) => notAFile(Buffer.from(path as string).toString());
