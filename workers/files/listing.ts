/** What stands in a directory, as peers see it. */
import { isUtf8 } from 'node:buffer';
import { closeSync, constants, type Dirent, opendirSync, openSync, readdirSync, type Stats, statSync } from 'node:fs';
import { descriptorPath } from '#src/files/descriptor-path.js';
import { openVisible } from '#src/files/hidden-places.js';
import type { FilePath, Hidden } from '#src/pool/file-calls.js';
import { join } from './native-path.js';

const { O_RDONLY, O_DIRECTORY } = constants;

export interface Listed {
  /** What is not UTF-8 in it is replaced by U+FFFD. */
  readonly name: string;
  /** Something has been replaced: under this name the entry is not found. */
  readonly misspelled: boolean;
  readonly isLink: boolean;
  /** Of what a link leads to. Neither for a FIFO, a socket or a device. */
  readonly isDirectory: boolean;
  readonly isFile: boolean;
}

/** A directory that takes more space is read in parts: it has so many entries that they would need much memory, and be sorted for nothing. */
const LARGE_DIRECTORY_BYTES = 64 * 1024;
/** Entries of such a part. */
const ENTRIES_PER_READ = 512;
/** The longest path, less the zero at its end, and the longest name. Source: Linux. */
const PATH_BYTES = 4095;
const NAME_BYTES = 255;

/**
 * The entries, in no order. Left out: `.`, `..`, and whatever cannot be looked at, such as a link that leads nowhere.
 * Errors: EACCES for a directory that is hidden; the system's, for the directory itself.
 */
export function* listDirectory(path: FilePath, hidden?: Hidden): Generator<Listed> {
  if (hidden === undefined) {
    yield* listed(path);
    return;
  }
  const fd = openVisible(() => openSync(path as string, O_RDONLY | O_DIRECTORY), hidden);
  try {
    yield* listed(descriptorPath(fd));
  } finally {
    closeSync(fd);
  }
}

function* listed(path: FilePath): Generator<Listed> {
  const itself = lookedAt(join(path, '.'));
  const isSmall = itself !== undefined && itself.size <= LARGE_DIRECTORY_BYTES;
  const pathsMayBeTooLong = Buffer.byteLength(path) + 1 + NAME_BYTES > PATH_BYTES;
  for (const entry of readEntries(path, isSmall)) {
    // Without the permission to search it the names can be read, and none of them looked at.
    if (itself === undefined) continue;
    const isLink = entry.isSymbolicLink();
    // The directory says what its entries are, but not where links lead, nor that a path is too long to be used.
    const target = isLink || pathsMayBeTooLong ? lookedAt(join(path, entry.name)) : entry;
    if (target === undefined) continue;
    const { name } = entry;
    yield {
      name: typeof name === 'string' ? name : name.toString(),
      misspelled: typeof name !== 'string' && !isUtf8(name),
      isLink,
      isDirectory: target.isDirectory(),
      isFile: target.isFile(),
    };
  }
}

/** A few are read as text, at once: that is more than twice as quick. Where the text is not what stands there, they are read again as bytes. */
function readEntries(path: FilePath, areFew: boolean): Iterable<Dirent<string | Buffer>> {
  if (!areFew || typeof path !== 'string') return readInParts(path);
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.some(({ name }) => name.includes(REPLACEMENT)) ? readInParts(path) : entries;
}
const REPLACEMENT = '\ufffd';

function* readInParts(path: FilePath): Generator<Dirent<Buffer>> {
  // Bytes on both sides: Node joins them where the file system does not tell what an entry is.
  const bytes = Buffer.from(path as string);
  const directory = opendirSync(bytes, { encoding: 'buffer' as BufferEncoding, bufferSize: ENTRIES_PER_READ });
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      yield entry as unknown as Dirent<Buffer>;
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
