/**
 * What to watch so that nobody misses that a missing path appears, or that the way to it changes.
 *
 *   missing /a/b/c/d, where /a/b is there and /a/b/c is not:
 *
 *     in /     look out for  a    that it goes, or its mode changes
 *     in /a    look out for  b
 *     in /a/b  look out for  c    that it comes
 *
 * Pure: how things are is asked through a function. Paths and names have one character per byte.
 */
import { WATCHED_DIRECTORIES, WATCHED_PATHS } from '../protocol/limits.js';

/** What is found under a path, links not followed. `unknown`: it cannot be looked at, or nobody would tell of its changes. */
export type Found = 'nothing' | 'directory' | 'link' | 'other' | 'unknown';

export interface WatchPlan {
  /** Directories, each behind the one it is in, with the names that matter in each. */
  readonly directories: ReadonlyMap<string, ReadonlySet<string>>;
  /** A file of which everything matters. It may be written under another name, too. */
  readonly file: string | undefined;
}

/** Undefined where nothing can be promised: a missing path is there, a link is on the way, it would be too much to watch. */
export function planWatch(
  missing: readonly string[],
  present: string | undefined,
  look: (path: string) => Found,
): WatchPlan | undefined {
  if (missing.length === 0 || missing.length > WATCHED_PATHS) return undefined;
  const way = new Way(look);
  if (missing.some((path) => way.to(path) !== 'nothing')) return undefined;
  if (present === undefined) return { directories: way.directories, file: undefined };
  switch (way.to(present)) {
    case 'directory':
      way.watch(present);
      return { directories: way.directories, file: undefined };
    case 'other':
      return { directories: way.directories, file: present };
    default:
      return undefined;
  }
}

class Way {
  readonly directories = new Map<string, Set<string>>();
  readonly #look: (path: string) => Found;
  readonly #found = new Map<string, Found>();

  constructor(look: (path: string) => Found) {
    this.#look = look;
  }

  /** What is at its end; nothing where the way ends before, unknown where something else than a directory is on it. */
  to(path: string): Found {
    let directory = '/';
    let found = this.#at(directory);
    for (let start = 1; start < path.length; ) {
      if (found !== 'directory') return found === 'nothing' ? 'nothing' : 'unknown';
      if (this.directories.size === WATCHED_DIRECTORIES && !this.directories.has(directory)) return 'unknown';
      const slash = path.indexOf('/', start);
      const end = slash === -1 ? path.length : slash;
      this.watch(directory).add(path.slice(start, end));
      directory = path.slice(0, end);
      found = this.#at(directory);
      start = end + 1;
    }
    return found;
  }

  /** The names that matter in this directory. */
  watch(directory: string): Set<string> {
    // What happens to the directory itself is told under its own name, as if it were in itself.
    const names = this.directories.get(directory) ?? new Set([baseName(directory)]);
    this.directories.set(directory, names);
    return names;
  }

  #at(path: string): Found {
    const found = this.#found.get(path) ?? this.#look(path);
    this.#found.set(path, found);
    return found;
  }
}

const baseName = (path: string) => path.slice(path.lastIndexOf('/') + 1);
