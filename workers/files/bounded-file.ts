/** Files that are read whole and kept as text: settings, instructions, manifests. */
import { closeSync, readSync, statSync } from 'node:fs';
import type { FilePath, Hidden } from '#src/pool/file-calls.js';
import { fileTooLarge, internalError, notAFile } from '#src/protocol/errors.js';
import { openFile } from './open-file.js';
import { utf8Fault } from './utf8-fault.js';

/** Room to read into where a file has more than it said; those of /proc say that they are empty. */
const LEAST_BYTES = 4096;

/**
 * The bytes of a regular file, read to its end whatever its size is said to be.
 * Errors: -32600 for anything but a regular file, which is not opened, and above the limit; the system's.
 */
export function readBoundedFile(path: FilePath, limitBytes: number, hidden?: Hidden): Buffer {
  const { size } = regularFile(path);
  if (size > limitBytes) throw fileTooLarge(limitBytes);
  const { fd } = openFile({ path, mode: 'read', ...(hidden && { hidden }) });
  try {
    return readUpTo(fd, size, limitBytes);
  } finally {
    closeSync(fd);
  }
}

/** The same as text. Errors besides: -32603 where it is not UTF-8, with the place. */
export function readBoundedTextFile(path: FilePath, limitBytes: number): string {
  const bytes = readBoundedFile(path, limitBytes);
  const fault = utf8Fault(bytes);
  if (fault !== undefined) throw internalError(fault);
  return bytes.toString();
}

function regularFile(path: FilePath): { readonly size: number } {
  const stats = statSync(path as string);
  if (!stats.isFile()) throw notAFile(Buffer.from(path as string).toString());
  return stats;
}

/** Grows with the file, up to one byte more than is allowed. */
function readUpTo(fd: number, size: number, limitBytes: number): Buffer {
  let memory = Buffer.allocUnsafe(size + 1);
  let length = 0;
  for (;;) {
    const got = readSync(fd, memory, length, memory.length - length, null);
    length += got;
    if (length > limitBytes) throw fileTooLarge(limitBytes);
    if (got === 0) return memory.subarray(0, length);
    if (length < memory.length) continue;
    const larger = Buffer.allocUnsafe(Math.min(Math.max(2 * length, LEAST_BYTES), limitBytes + 1));
    memory.copy(larger, 0, 0, length);
    memory = larger;
  }
}
