import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import type { FilePath } from '#src/pool/file-calls.js';
import { copyIntoItself } from '#src/protocol/errors.js';
import { type CopyTerms, copyFile } from './copy-file.js';
import { copyLink } from './copy-link.js';
import { createDirectory } from './create-directory.js';
import { HeldDirectory } from './held-directory.js';
import { join } from './native-path.js';

/**
 * Copies what is in a directory into another, which is made if need be. What is there stays, files are overwritten; links on the
 * destination's side are followed. Special files are passed over, and modes of directories are not copied.
 * Errors: -32600 for a destination inside the source; EEXIST where a link is to be made and anything is there; the system's.
 */
export function copyTree(source: FilePath, destination: FilePath, terms: CopyTerms): void {
  if (isInside(destination, source)) throw copyIntoItself();
  const copy = new TreeCopy(terms);
  try {
    copy.run(source, destination);
  } finally {
    copy[Symbol.dispose]();
  }
}

/** After resolving links. The path may lead to nothing yet; then what it begins with counts. */
function isInside(path: FilePath, directory: FilePath): boolean {
  const top = realPathOf(directory);
  for (let upper = Buffer.from(path as string); ; upper = upper.subarray(0, Math.max(upper.lastIndexOf('/'), 1))) {
    try {
      return realPathOf(upper).startsWith(top);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    }
  }
}

/** One character per byte, with a slash at its end. */
const realPathOf = (path: FilePath) =>
  realpathSync
    .native(path as string, 'buffer')
    .toString('latin1')
    .replace(/\/?$/, '/');

/** A directory that is being copied, in the one of the level above. */
interface Level {
  /** On the destination's side; of the first, the whole path. */
  readonly name: FilePath;
  readonly source: HeldDirectory;
  readonly destination: HeldDirectory;
  /** Those that are still to be copied. */
  readonly entries: Dirent<Buffer>[];
}

/** One branch of the tree at a time: as deep as it is, so many levels are open, and no function calls itself. */
class TreeCopy implements Disposable {
  readonly #terms: CopyTerms;
  readonly #levels: Level[] = [];
  /** Two for each level. */
  readonly #held: HeldDirectory[] = [];
  /** Identities of the directories that have been copied into. */
  readonly #written = new Set<string>();

  constructor(terms: CopyTerms) {
    this.#terms = terms;
  }

  run(source: FilePath, destination: FilePath): void {
    this.#enter(source, destination, destination);
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      this.#terms.check();
      const entry = level.entries.pop();
      if (entry === undefined) this.#leave();
      else this.#copy(entry, level);
    }
  }

  #copy(entry: Dirent<Buffer>, level: Level): void {
    const source = level.source.entry(entry.name);
    const destination = level.destination.entry(entry.name);
    if (entry.isDirectory()) this.#enter(source, destination, entry.name);
    else if (entry.isSymbolicLink()) {
      this.#terms.withheld?.refuseMaking(destination);
      copyLink(source, destination);
    } else if (entry.isFile()) copyFile(source, destination, this.#terms, () => this.#named(entry.name));
  }

  #enter(source: FilePath, destination: FilePath, name: FilePath): void {
    createDirectory({ path: destination, followSymlinks: true, recursive: true }, this.#terms.withheld);
    const from = this.#hold(source);
    // With its dot at the end, the path may be that of a link.
    const to = this.#hold(join(destination, '.'));
    this.#written.add(to.identity);
    // A link on the destination's side has led into the source, which would grow while it is copied, without an end.
    if (this.#written.has(from.identity)) throw copyIntoItself();
    const entries = readdirSync(from.path, { encoding: 'buffer', withFileTypes: true });
    this.#levels.push({ name, source: from, destination: to, entries });
  }

  #hold(path: FilePath): HeldDirectory {
    const directory = new HeldDirectory(path);
    this.#held.push(directory);
    return directory;
  }

  #leave(): void {
    this.#levels.pop();
    this.#held.pop()?.[Symbol.dispose]();
    this.#held.pop()?.[Symbol.dispose]();
  }

  /** The path of an entry as it was asked for: the one that it is reached by has the number of a descriptor in it. */
  #named(entry: FilePath): FilePath {
    return [...this.#levels.map(({ name }) => name), entry].reduce(join);
  }

  [Symbol.dispose](): void {
    for (const directory of this.#held) directory[Symbol.dispose]();
  }
}
