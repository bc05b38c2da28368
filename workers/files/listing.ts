/** What stands in a directory, as peers see it. */
import { type Dirent, opendirSync, type Stats, statSync } from 'node:fs';
import type { FilePath } from '#src/pool/file-calls.js';
import { join } from './native-path.js';

export interface Listed {
  /** As it is on the disk; need not be UTF-8. */
  readonly name: Buffer;
  readonly isLink: boolean;
  /** Of what a link leads to. Neither for a FIFO, a socket or a device. */
  readonly isDirectory: boolean;
  readonly isFile: boolean;
}

/** Entries that the system is asked for at once. */
const ENTRIES_PER_READ = 512;
/** The longest path, less the zero at its end. Source: Linux. */
const PATH_BYTES = 4095;

/**
 * The entries in the order of the directory, read as they are taken. Left out: `.`, `..`, and whatever cannot be looked at, such as
 * a link that leads nowhere. Errors: the system's, for the directory itself.
 */
export function* listDirectory(path: FilePath): Generator<Listed> {
  // Bytes on both sides: Node joins them where the file system does not tell what an entry is.
  const bytes = Buffer.from(path as string);
  const directory = opendirSync(bytes, { encoding: 'buffer' as BufferEncoding, bufferSize: ENTRIES_PER_READ });
  try {
    // Without the permission to search it the names can be read, and none of them looked at.
    if (lookedAt(join(bytes, '.')) === undefined) return;
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      const { name } = entry as unknown as Dirent<Buffer>;
      const isLink = entry.isSymbolicLink();
      // The directory says what its entries are, but not where links lead, nor that a path is too long to be used.
      const isSeen = !isLink && bytes.length + 1 + name.length <= PATH_BYTES;
      const target = isSeen ? entry : lookedAt(join(bytes, name));
      if (target === undefined) continue;
      yield { name, isLink, isDirectory: target.isDirectory(), isFile: target.isFile() };
    }
  } finally {
    directory.closeSync();
  }
}

function lookedAt(path: FilePath): Stats | undefined {
  try {
    return statSync(path as string);
  } catch {
    return undefined;
  }
}
