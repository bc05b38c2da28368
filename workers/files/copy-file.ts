import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import type { FilePath } from '#src/pool/file-calls.js';
import { copyUnsupported, notAFile } from '#src/protocol/errors.js';

const { O_RDONLY, O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

const PERMISSIONS = 0o777;
/** With the bits that make a program run as its owner. */
const ALL_MODE_BITS = 0o7777;
/** What stats count the space of a file in. */
const SPACE_UNIT_BYTES = 512n;
/** Copied at once. Small enough to stay in the processor's cache. Source: our measurements. */
const PIECE_BYTES = 256 * 1024;

/**
 * Overwrites the destination in place, through links: it keeps its inode, and gets the mode. A file that is copied onto itself,
 * under whatever names, stays as it is. Holes stay holes, as far as whole pieces go.
 * `check` is called between two pieces; what it throws ends the copy. `shown` is what the destination is called in errors.
 * Errors: -32600 where either is no regular file; the system's.
 */
export function copyFile(
  source: FilePath,
  destination: FilePath,
  check: () => void,
  shown = () => Buffer.from(destination as string).toString(),
): void {
  const from = openSync(source as string, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  try {
    const stats = fstatSync(from, { bigint: true });
    if (!stats.isFile()) throw copyUnsupported();
    const to = openDestination(destination, Number(stats.mode) & PERMISSIONS, shown);
    try {
      if (!isSame(stats, fstatSync(to, { bigint: true }))) overwrite(from, stats, to, check);
    } finally {
      closeSync(to);
    }
  } finally {
    closeSync(from);
  }
}

/** Nothing is emptied yet: it may be the source. A new file gets this mode, less the process's umask. */
function openDestination(path: FilePath, mode: number, shown: () => string): number {
  // To open a device can do something already, and a FIFO may have somebody who waits for that.
  const found = statSync(path as string, { throwIfNoEntry: false });
  if (found?.isFIFO() || found?.isCharacterDevice() || found?.isBlockDevice()) throw notAFile(shown());
  const fd = openSync(path as string, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY, mode);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw notAFile(shown());
}

const isSame = (one: BigIntStats, other: BigIntStats) => one.dev === other.dev && one.ino === other.ino;

function overwrite(from: number, { mode, size, blocks }: BigIntStats, to: number, check: () => void): void {
  // First: who must not read the source must not read its copy while that is made.
  fchmodSync(to, Number(mode) & PERMISSIONS);
  ftruncateSync(to);
  copyContents(from, to, blocks * SPACE_UNIT_BYTES < size, check);
  // Last: writing takes the other bits away.
  if ((Number(mode) & ~PERMISSIONS & ALL_MODE_BITS) !== 0) fchmodSync(to, Number(mode) & ALL_MODE_BITS);
}

/** To the end, not to the size: a file may grow, and those that the kernel makes up have none. */
function copyContents(from: number, to: number, hasHoles: boolean, check: () => void): void {
  let position = 0;
  for (;;) {
    check();
    const length = readSync(from, piece, 0, PIECE_BYTES, null);
    if (length === 0) break;
    const bytes = piece.subarray(0, length);
    if (!hasHoles || !bytes.equals(zeros.subarray(0, length))) writeAll(to, bytes, position);
    position += length;
  }
  // A hole at the end is nothing that was written.
  if (hasHoles) ftruncateSync(to, position);
}

/** The thread's own: it copies one file at a time. */
const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
const zeros = Buffer.alloc(PIECE_BYTES);

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}
