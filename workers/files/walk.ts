/**
 * fs/walk: what is below a directory, level by level, each directory in the order of its names as bytes. Source: 0.169.0, probed.
 * Links to files, and all that is neither a file nor a directory, are passed over.
 */
import { isUtf8 } from 'node:buffer';
import { lstatSync, realpathSync, statSync } from 'node:fs';
import type { FileTasks, WalkLimits } from '#src/pool/file-calls.js';
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
export const walk = ({ root, limits }: FileTasks['walk']['task']): string => JSON.stringify(walkTree(root, limits));

/**
 * Errors: -32600 for limits out of bounds and a root of another kind of host; the system's where the root cannot be looked at.
 * A root that is no directory, or a link that is not to be followed, has nothing below it.
 */
export function walkTree(root: FileUri, limits: WalkLimits): WalkResult {
  checkLimits(limits);
  const path = Buffer.from(nativePath(root) as string);
  const isTree = (limits.followDirectorySymlinks ? statSync(path) : lstatSync(path)).isDirectory();
  return isTree ? new Walk(limits).from({ uri: root, path, depth: 0, realPath: realPathOf(path) }) : nothing();
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
  readonly path: Buffer;
  /** Of its entries; those of the root have depth 0. */
  readonly depth: number;
  /** Without links, one character per byte: tells whether two ways lead to the same directory. */
  readonly realPath: string;
}

/** An entry under the name that its URI has. */
interface Named extends Listed {
  /** The name is not UTF-8, so the URI leads elsewhere or nowhere. */
  readonly misspelled: boolean;
}

class Walk {
  readonly #limits: WalkLimits;
  readonly #result = nothing();
  /** In the order of their listing; those behind the one that is being listed wait for it. */
  readonly #directories: Directory[] = [];
  readonly #visited = new Set<string>();
  /** Entries looked at, also those passed over. */
  #examined = 0;
  #costBytes = 0;

  constructor(limits: WalkLimits) {
    this.#limits = limits;
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
    let entries: Named[];
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
  #entriesOf({ path }: Directory): Named[] {
    const wanted = this.#limits.maxEntries - this.#examined + 1;
    const entries: Named[] = [];
    for (const entry of listDirectory(path)) {
      entries.push(named(entry));
      if (entries.length < 2 * wanted) continue;
      entries.sort(byName);
      entries.length = wanted;
    }
    return entries.sort(byName);
  }

  #examine(directory: Directory, named: Named): boolean {
    const uri = joinUri(directory.uri, named.name);
    const path = join(directory.path, named.name);
    let entry: Listed = named;
    try {
      if (named.misspelled) entry = lookAt(path, named.name);
    } catch (error) {
      return this.#addError(uri, error);
    }
    if (!entry.isDirectory) return entry.isLink || !entry.isFile || this.#addEntry(uri, 'file');
    if (entry.isLink && !this.#limits.followDirectorySymlinks) return true;
    return this.#addEntry(uri, 'directory') && this.#descend(directory, entry, uri, path);
  }

  /** Has the directory listed when its time comes, unless it need not or must not be. */
  #descend(parent: Directory, { name, isLink }: Listed, uri: FileUri, path: Buffer): boolean {
    const { maxDepth, maxDirectories, followDirectorySymlinks, pruneHiddenDirectories } = this.#limits;
    if (parent.depth === maxDepth || (pruneHiddenDirectories && name[0] === DOT)) return true;
    let realPath: string;
    try {
      realPath = isLink ? realPathOf(path) : join(Buffer.from(parent.realPath, 'latin1'), name).toString('latin1');
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

const DOT = 0x2e;

const byName = (one: Listed, other: Listed) => Buffer.compare(one.name, other.name);

function named(entry: Listed): Named {
  if (isUtf8(entry.name)) return { ...entry, misspelled: false };
  return { ...entry, name: Buffer.from(entry.name.toString()), misspelled: true };
}

function lookAt(path: Buffer, name: Buffer): Listed {
  const own = lstatSync(path);
  const target = own.isSymbolicLink() ? statSync(path) : own;
  return { name, isLink: target !== own, isDirectory: target.isDirectory(), isFile: target.isFile() };
}

const realPathOf = (path: Buffer) => realpathSync.native(path, 'buffer').toString('latin1');
