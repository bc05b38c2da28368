/**
 * Removes a directory with all that is in it. Works from open directories, so no link is followed, not even one that is put in the
 * place of a directory meanwhile; and however deep the tree is, it needs neither long paths nor much stack nor many descriptors:
 *
 *   a ── b ── c ── d ── e      c, d, e are held open, a and b are let go;
 *                              back from c: open "..", and see that it is the b that was let go
 */
import { type Dirent, opendirSync, rmdirSync, unlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { HAS_DESCRIPTOR_PATHS } from '#src/files/descriptor-path.js';
import { osFailure } from '#src/files/os-failure.js';
import type { FilePath } from '#src/pool/file-calls.js';
import { HeldDirectory } from './held-directory.js';
import type { Withheld } from './withheld.js';

const { EBUSY, ENOTEMPTY } = constants.errno;

/** The deepest directories, which are held. Without descriptors it costs nothing to hold them all, and `..` would lead through what is gone. */
const HELD_LEVELS = HAS_DESCRIPTOR_PATHS ? 64 : Number.POSITIVE_INFINITY;
/** Entries of one directory that are read before the first of them is removed; one of millions needs little memory so. */
const ENTRIES_AT_ONCE = 4096;

/** Errors: EBUSY for a mount point, before anything on it is touched, and for a directory that is moved away meanwhile; the system's. */
export function removeTree(path: FilePath, withheld?: Withheld): void {
  if (removeEmpty(path)) return;
  const way = new Way(path, withheld);
  try {
    for (let level = way.deepest; level !== undefined; level = way.deepest) {
      const name = level.below.pop();
      if (name !== undefined) {
        if (!removeEmpty(way.entry(name))) way.enter(name);
      } else if (level.isReadOut) {
        way.leave();
      } else {
        clear(level, way);
      }
    }
  } finally {
    way[Symbol.dispose]();
  }
  if (!removeEmpty(path)) throw osFailure(ENOTEMPTY);
}

/** Removes the next entries but for directories, which stand in `below` then. */
function clear(level: Level, way: Way): void {
  const entries = way.read(ENTRIES_AT_ONCE);
  level.isReadOut = entries.length < ENTRIES_AT_ONCE;
  for (const entry of entries) {
    if (level.withheld?.has(entry.name.toString('latin1'))) throw osFailure(EBUSY);
    if (entry.isDirectory()) level.below.push(entry.name);
    else unlink(way.entry(entry.name));
  }
}

/**
 * False when there is something in it. The system looks for mount points before that, so one is refused here and never entered.
 * What is no directory any more is removed as what it is now.
 */
function removeEmpty(path: FilePath): boolean {
  try {
    unlessGone(() => rmdirSync(path as string));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    if (code !== 'ENOTDIR') throw error;
    unlink(path);
    return true;
  }
}

const unlink = (path: FilePath): void => unlessGone(() => unlinkSync(path as string));

/** What somebody else has removed meanwhile need not be removed. */
function unlessGone(step: () => void): void {
  try {
    step();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

interface Level {
  /** Of the directory, in the one above. */
  readonly name: FilePath;
  readonly identity: string;
  /** Directories that were found in it and are still to be removed. */
  readonly below: Buffer[];
  /** Names in it that are not to be removed. */
  readonly withheld: ReadonlySet<string> | undefined;
  /** What comes into it from now on was not there when it was to be removed. */
  isReadOut: boolean;
}

/** The directories from the root of the tree to where the work is. */
class Way implements Disposable {
  readonly #levels: Level[] = [];
  /** Those of the deepest levels. */
  readonly #held: HeldDirectory[] = [];

  readonly #withheld: Withheld | undefined;

  constructor(root: FilePath, withheld: Withheld | undefined) {
    this.#withheld = withheld;
    this.#add(root, new HeldDirectory(root));
  }

  get deepest(): Level | undefined {
    return this.#levels.at(-1);
  }

  /** The path of an entry of the deepest. */
  entry(name: FilePath): FilePath {
    return this.#held.at(-1)!.entry(name);
  }

  /** The first entries of the deepest. */
  read(count: number): Dirent<Buffer>[] {
    const entries: Dirent<Buffer>[] = [];
    unlessGone(() => readInto(entries, this.#held.at(-1)!.path, count));
    return entries;
  }

  enter(name: FilePath): void {
    unlessGone(() => this.#add(name, new HeldDirectory(this.entry(name))));
  }

  /** Goes up, and removes the directory that was the deepest. */
  leave(): void {
    const { name } = this.#levels.pop()!;
    const below = this.#held.pop()!;
    try {
      const { deepest } = this;
      if (deepest === undefined) return;
      if (this.#held.length === 0) this.#held.push(new HeldDirectory(below.entry('..')));
      if (this.#held.at(-1)!.identity !== deepest.identity) throw osFailure(EBUSY);
    } finally {
      below[Symbol.dispose]();
    }
    if (!removeEmpty(this.entry(name))) throw osFailure(ENOTEMPTY);
  }

  [Symbol.dispose](): void {
    for (const directory of this.#held) directory[Symbol.dispose]();
  }

  #add(name: FilePath, directory: HeldDirectory): void {
    const withheld = this.#withheld?.namesIn(directory.path);
    this.#levels.push({ name, identity: directory.identity, withheld, below: [], isReadOut: false });
    this.#held.push(directory);
    if (this.#held.length > HELD_LEVELS) this.#held.shift()![Symbol.dispose]();
  }
}

function readInto(entries: Dirent<Buffer>[], path: Buffer, count: number): void {
  const directory = opendirSync(path, { encoding: 'buffer' as BufferEncoding, bufferSize: 512 });
  try {
    while (entries.length < count) {
      const entry = directory.readSync();
      if (entry === null) return;
      entries.push(entry as unknown as Dirent<Buffer>);
    }
  } finally {
    directory.closeSync();
  }
}
