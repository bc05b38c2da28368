/**
 * New contents for a file by way of a new file, which then takes the place of the old one in a single step. For file systems that
 * write even a changed block to a new place, when they are nearly full: there writing in place may fail half way, and putting
 * back what was there may fail, too. Elsewhere writing in place is better, see `overwrite`: this way the file gets another number,
 * and loses its ACLs and extended attributes, which Node does not know of.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  renameSync,
  statfsSync,
  unlinkSync,
} from 'node:fs';
import type { FilePath } from '#src/pool/file-calls.js';
import { writeAll } from './write-all.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** btrfs, zfs, bcachefs. Source: their f_type in statfs(2). */
const COPY_ON_WRITE: ReadonlySet<number> = new Set([0x9123683e, 0x2fc12fc1, 0xca451a4e]);
/** Such a file system keeps room for itself, and refuses before it is full to the last block. Source: our own. */
const RESERVE_BYTES = 256 * 1024 * 1024;

/** Whether writing so much in place might fail half way for good. */
export const isRiskyInPlace = (path: FilePath, bytes: number): boolean => isTight(statfsSync(path as string), bytes);

/** `bsize`: of a block, bytes; `bavail`: blocks that are left. */
export const isTight = (fileSystem: { type: number; bsize: number; bavail: number }, bytes: number): boolean =>
  COPY_ON_WRITE.has(fileSystem.type) && fileSystem.bavail * fileSystem.bsize < bytes + RESERVE_BYTES;

/**
 * `path` is that of the file open as `fd`, and no link. Out: false, and nothing is changed, where the new file could not take the
 * old one's place unnoticed: that has other names, or an owner that we cannot give, or its directory is closed to us.
 * Errors: the system's, from writing the contents; nothing is changed then.
 */
export function writeBeside(path: FilePath, fd: number, bytes: Uint8Array): boolean {
  const old = fstatSync(fd, { bigint: true });
  if (old.nlink !== 1n) return false;
  const neighbour = createNeighbour(path);
  if (neighbour === undefined) return false;
  let tookPlace = false;
  try {
    if (!succeeds(() => makeAlike(neighbour.fd, old))) return false;
    writeAll(neighbour.fd, bytes, 0);
    tookPlace = isStill(old, path) && succeeds(() => renameSync(neighbour.path, path as string));
    return tookPlace;
  } finally {
    closeSync(neighbour.fd);
    if (!tookPlace) succeeds(() => unlinkSync(neighbour.path));
  }
}

/** A new file in the same directory, under a name that nobody can have guessed. Undefined where it cannot be made. */
function createNeighbour(path: FilePath): { path: Buffer; fd: number } | undefined {
  const bytes = Buffer.from(path as string);
  const name = Buffer.from(`.${Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex')}`);
  const neighbour = Buffer.concat([bytes.subarray(0, bytes.lastIndexOf('/') + 1), name]);
  try {
    return { path: neighbour, fd: openSync(neighbour, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600) };
  } catch {
    return undefined;
  }
}

/** The owner first: a change of owner takes setuid and setgid away. */
function makeAlike(fd: number, { uid, gid, mode }: BigIntStats): void {
  const own = fstatSync(fd, { bigint: true });
  if (own.uid !== uid || own.gid !== gid) fchownSync(fd, Number(uid), Number(gid));
  fchmodSync(fd, Number(mode & 0o7777n));
}

function isStill(old: BigIntStats, path: FilePath): boolean {
  const now = lstatSync(path as string, { bigint: true, throwIfNoEntry: false });
  return now?.dev === old.dev && now.ino === old.ino;
}

function succeeds(step: () => void): boolean {
  try {
    step();
    return true;
  } catch {
    return false;
  }
}
