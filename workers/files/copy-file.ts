import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
} from 'node:fs';
import type { FilePath } from '#src/pool/file-calls.js';
import { copyUnsupported } from '#src/protocol/errors.js';
import { atTarget } from './target-place.js';
import type { Withheld } from './withheld.js';
import { writeAll } from './write-all.js';
import { openTarget } from './write-target.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

const PERMISSIONS = 0o777;
/** With the bits that make a program run as its owner. */
const ALL_MODE_BITS = 0o7777;
/** What stats count the space of a file in. */
const SPACE_UNIT_BYTES = 512n;
/** Copied at once. Small enough to stay in the processor's cache. Source: our measurements. */
const PIECE_BYTES = 256 * 1024;

/** What holds for all of a copy. */
export interface CopyTerms {
  /** Called between two pieces of work; what it throws ends the copy. */
  readonly check: () => void;
  readonly withheld: Withheld | undefined;
}

/**
 * Overwrites the destination in place, through links: it keeps its inode, and gets the mode. A file that is copied onto itself,
 * under whatever names, stays as it is. Holes stay holes, as far as whole pieces go.
 * `named` is what errors call the destination. Errors: -32600 where either cannot be copied as a file; the system's.
 */
export function copyFile(
  source: FilePath,
  destination: FilePath,
  { check, withheld }: CopyTerms,
  named: () => FilePath = () => destination,
): void {
  const from = openSync(source as string, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  try {
    const stats = fstatSync(from, { bigint: true });
    if (!stats.isFile()) throw copyUnsupported();
    const place = {
      followSymlinks: true,
      get path() {
        return named();
      },
    };
    const to = atTarget({ path: destination, followSymlinks: true }, withheld, (path, follows) =>
      openTarget(path, place, follows),
    );
    try {
      if (to.is === 'device') copyContents(from, to.fd, check);
      else if (to.is === 'new' || makeEmpty(to.fd, stats)) fill(from, stats, to.fd, check);
    } finally {
      closeSync(to.fd);
    }
  } finally {
    closeSync(from);
  }
}

/** False when it is the source. Not done to a file that is empty: for some file systems that is a reason to write it out at its closing. */
function makeEmpty(fd: number, source: BigIntStats): boolean {
  const { dev, ino, size } = fstatSync(fd, { bigint: true });
  if (dev === source.dev && ino === source.ino) return false;
  if (size > 0n) ftruncateSync(fd);
  return true;
}

/** Fills an empty file and gives it the mode. */
function fill(from: number, { mode, size, blocks }: BigIntStats, to: number, check: () => void): void {
  const bits = Number(mode) & ALL_MODE_BITS;
  // First: who must not read the source must not read its copy while that is made.
  fchmodSync(to, bits & PERMISSIONS);
  if (blocks * SPACE_UNIT_BYTES < size) copyAroundHoles(from, to, check);
  else copyContents(from, to, check);
  // Last: writing takes the other bits away.
  if (bits !== (bits & PERMISSIONS)) fchmodSync(to, bits);
}

function copyContents(from: number, to: number, check: () => void): void {
  for (const bytes of piecesOf(from, check)) writeAll(to, bytes, null);
}

/** Into an empty file: what is not written reads as zeros. */
function copyAroundHoles(from: number, to: number, check: () => void): void {
  let position = 0;
  for (const bytes of piecesOf(from, check)) {
    if (!bytes.equals(zeros.subarray(0, bytes.length))) writeAll(to, bytes, position);
    position += bytes.length;
  }
  // The last of it may have been a hole.
  ftruncateSync(to, position);
}

/** To the end, not to the size: a file may grow, and those that the kernel makes up have none. Each is good until the next. */
function* piecesOf(fd: number, check: () => void): Generator<Buffer> {
  for (;;) {
    check();
    const length = readSync(fd, piece, 0, PIECE_BYTES, null);
    if (length === 0) return;
    yield piece.subarray(0, length);
  }
}

/** The thread's own: it copies one file at a time. */
const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
const zeros = Buffer.alloc(PIECE_BYTES);
