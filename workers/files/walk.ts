/**
 * fs/walk: what is below a directory, level by level, each directory in the order of its names as bytes. Source: 0.169.0, probed.
 * Links to files, and all that is neither a file nor a directory, are passed over.
 */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { atVisible } from '#src/files/hidden-places.js';
import type { FilePath, FileTasks, Hidden, WalkLimits } from '#src/pool/file-calls.js';
import { walkLimitIsZero, walkLimitTooHigh } from '#src/protocol/errors.js';
import type { WalkResult } from '#src/protocol/files.js';
import type { FileUri } from '#src/protocol/ids.js';
import {
  WALK_DEPTH,
  WALK_DIRECTORIES,
  WALK_ENTRIES,
  WALK_ITEM_BYTES,
  WALK_RESPONSE_BYTES,
} from '#src/protocol/limits.js';
import { thrownText } from '#src/protocol/os-error.js';
import { joinUri, nativePath } from '#src/protocol/path-uri.js';
import { type Listed, listDirectory } from './listing.js';
import { join } from './native-path.js';

/** The method's result as JSON. Errors: as for walkTree. */
export const walk = ({ root, limits, hidden }: FileTasks['walk']['task']): string =>
  JSON.stringify(walkTree(root, limits, hidden));

/**
 * Errors: -32600 for limits out of bounds, a root of another kind of host and one that is hidden; the system's where the root cannot
 * be looked at. A directory further down that is hidden is told as one that cannot be read.
 * A root that is no directory, or a link that is not to be followed, has nothing below it.
 */
export function walkTree(root: FileUri, limits: WalkLimits, hidden?: Hidden): WalkResult {
  checkLimits(limits);
  const path = nativePath(root);
  const isTree = (limits.followDirectorySymlinks ? statSync(path) : lstatSync(path)).isDirectory();
  if (hidden) atVisible(path, hidden, () => {});
  return isTree ? new Walk(limits, hidden).from({ uri: root, path, depth: 0, realPath: realPathOf(path) }) : nothing();
}

function checkLimits({ maxDepth, maxDirectories, maxEntries }: WalkLimits): void {
  if (maxDirectories === 0 || maxEntries === 0) throw walkLimitIsZero();
  if (maxDepth > WALK_DEPTH || maxDirectories > WALK_DIRECTORIES || maxEntries > WALK_ENTRIES) {
    throw walkLimitTooHigh(WALK_DEPTH, WALK_DIRECTORIES, WALK_ENTRIES);
  }
}

const nothing = (): WalkResult => ({ entries: [], errors: [], truncated: false });

interface Directory {
  readonly uri: FileUri;
  readonly path: FilePath;
  /** Of its entries; those of the root have depth 0. */
  readonly depth: number;
  /** Without links, one character per byte: tells whether two ways lead to the same directory. */
  readonly realPath: string;
}

interface Entry {
  readonly listed: Listed;
  /** The name, one character per byte: so texts are in the order of their bytes. */
  readonly latin1: string;
}

type Kind = Pick<Listed, 'isLink' | 'isDirectory' | 'isFile'>;

class Walk {
  readonly #limits: WalkLimits;
  readonly #hidden: Hidden | undefined;
  readonly #result = nothing();
  /** In the order of their listing; those behind the one that is being listed wait for it. */
  readonly #directories: Directory[] = [];
  readonly #visited = new Set<string>();
  /** Entries looked at, also those passed over. */
  #examined = 0;
  #costBytes = 0;

  constructor(limits: WalkLimits, hidden: Hidden | undefined) {
    this.#limits = limits;
    this.#hidden = hidden;
  }

  from(root: Directory): WalkResult {
    this.#visited.add(root.realPath);
    this.#directories.push(root);
    // The list grows while it is gone through.
    for (const directory of this.#directories) {
      if (this.#list(directory)) continue;
      this.#result.truncated = true;
      break;
    }
    return this.#result;
  }

  /** False, here and below, when the walk has to end. */
  #list(directory: Directory): boolean {
    let entries: Entry[];
    try {
      entries = this.#entriesOf(directory);
    } catch (error) {
      return this.#addError(directory.uri, error);
    }
    for (const entry of entries) {
      if (this.#examined === this.#limits.maxEntries) return false;
      this.#examined++;
      if (!this.#examine(directory, entry)) return false;
    }
    return true;
  }

  /** Sorted. Where a directory holds more than may still be examined, the first of them, and one more to tell. */
  #entriesOf({ path }: Directory): Entry[] {
    const wanted = this.#limits.maxEntries - this.#examined + 1;
    const entries: Entry[] = [];
    for (const listed of listDirectory(path, this.#hidden)) {
      entries.push({ listed, latin1: latin1(listed.name) });
      if (entries.length < 2 * wanted) continue;
      entries.sort(byName);
      entries.length = wanted;
    }
    return entries.sort(byName);
  }

  #examine(directory: Directory, entry: Entry): boolean {
    const { name, misspelled } = entry.listed;
    const uri = joinUri(directory.uri, name);
    let seen: Kind = entry.listed;
    try {
      if (misspelled) seen = lookAt(join(directory.path, name));
    } catch (error) {
      return this.#addError(uri, error);
    }
    if (!seen.isDirectory) return seen.isLink || !seen.isFile || this.#addEntry(uri, 'file');
    if (seen.isLink && !this.#limits.followDirectorySymlinks) return true;
    return this.#addEntry(uri, 'directory') && this.#descend(directory, entry, seen.isLink, uri);
  }

  /** Has the directory listed when its time comes, unless it need not or must not be. */
  #descend(parent: Directory, { listed: { name }, latin1 }: Entry, isLink: boolean, uri: FileUri): boolean {
    const { maxDepth, maxDirectories, followDirectorySymlinks, pruneHiddenDirectories } = this.#limits;
    if (parent.depth === maxDepth || (pruneHiddenDirectories && name.startsWith('.'))) return true;
    const path = join(parent.path, name);
    let realPath: string;
    try {
      realPath = isLink ? realPathOf(path) : `${parent.realPath === '/' ? '' : parent.realPath}/${latin1}`;
    } catch (error) {
      return this.#addError(uri, error);
    }
    if (followDirectorySymlinks && this.#visited.has(realPath)) return true;
    this.#visited.add(realPath);
    if (this.#directories.length < maxDirectories) {
      this.#directories.push({ uri, path, depth: parent.depth + 1, realPath });
    } else this.#result.truncated = true;
    return true;
  }

  #addEntry(path: FileUri, kind: 'directory' | 'file'): boolean {
    if (!this.#hasRoomFor(path.length)) return false;
    this.#result.entries.push({ path, kind });
    return true;
  }

  #addError(path: FileUri, error: unknown): boolean {
    const message = thrownText(error);
    if (!this.#hasRoomFor(path.length + message.length)) return false;
    this.#result.errors.push({ path, message });
    return true;
  }

  /** URIs and messages are ASCII: one character, one byte. */
  #hasRoomFor(bytes: number): boolean {
    this.#costBytes += bytes + WALK_ITEM_BYTES;
    return this.#costBytes <= WALK_RESPONSE_BYTES;
  }
}

const byName = (one: Entry, other: Entry) => (one.latin1 < other.latin1 ? -1 : Number(one.latin1 > other.latin1));

/** Most names are ASCII, and are the same. */
const latin1 = (name: string) =>
  Buffer.byteLength(name) === name.length ? name : Buffer.from(name).toString('latin1');

function lookAt(path: FilePath): Kind {
  const own = lstatSync(path as string);
  const target = own.isSymbolicLink() ? statSync(path as string) : own;
  return { isLink: target !== own, isDirectory: target.isDirectory(), isFile: target.isFile() };
}

const realPathOf = (path: FilePath) => realpathSync.native(path as string, 'buffer').toString('latin1');
