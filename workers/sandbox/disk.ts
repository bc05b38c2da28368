/** The disk of this machine. */
import { isUtf8 } from 'node:buffer';
import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import type { Disk, Found, ListedEntry, Listing } from '#src/sandbox/disk.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

export const realDisk: Disk = { look, list, readText };

function look(path: string): Found {
  try {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return { is: 'nothing' };
    if (stats.isSymbolicLink()) return lookAtLink(path);
    const is = stats.isDirectory() ? 'directory' : stats.isFile() ? 'file' : 'other';
    return { is, identity: `${stats.dev}:${stats.ino}` };
  } catch (error) {
    return { is: isMissing(error) ? 'nothing' : isRefused(error) ? 'closed' : 'unknown' };
  }
}

function lookAtLink(path: string): Found {
  const target = readlinkSync(path, 'buffer');
  return isUtf8(target) ? { is: 'link', target: target.toString() } : { is: 'unknown' };
}

function list(directory: string): Listing {
  try {
    return { is: 'names', entries: readEntries(directory) };
  } catch (error) {
    return { is: isMissing(error) ? 'nothing' : 'unlistable' };
  }
}

/** Read as text, which is more than twice as quick; again as bytes where the text may not be what stands there. */
function readEntries(directory: string): ListedEntry[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  if (!entries.some(({ name }) => name.includes(REPLACEMENT)))
    return entries.map((entry) => listed(entry.name, true, entry));
  const bytes = readdirSync(Buffer.from(directory), { withFileTypes: true, encoding: 'buffer' });
  return bytes.map((entry) => listed(entry.name.toString(), isUtf8(entry.name), entry));
}
const REPLACEMENT = '\ufffd';

const listed = (name: string, isUtf8: boolean, entry: Pick<Dirent, 'isDirectory' | 'isSymbolicLink'>): ListedEntry => ({
  name,
  isUtf8,
  kind: entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'link' : 'other',
});

/** It looks before it opens: opening alone means something to a FIFO or a device. What takes its place meanwhile does not block. */
function readText(path: string, limitBytes: number): string | undefined {
  try {
    if (!lstatSync(path).isFile()) return undefined;
    const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    try {
      return fstatSync(descriptor).isFile() ? readUpTo(descriptor, limitBytes) : undefined;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** One byte more is asked for, to see whether there is more. */
function readUpTo(descriptor: number, limitBytes: number): string | undefined {
  const memory = Buffer.allocUnsafe(limitBytes + 1);
  let length = 0;
  while (length <= limitBytes) {
    const got = readSync(descriptor, memory, length, memory.length - length, null);
    if (got === 0) return textOf(memory.subarray(0, length));
    length += got;
  }
  return undefined;
}

const textOf = (bytes: Buffer): string | undefined => (isUtf8(bytes) ? bytes.toString() : undefined);

const isRefused = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EACCES';

const isMissing = (error: unknown): boolean => {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
};
