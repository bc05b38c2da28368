/**
 * Paths at which nothing may come into being, where no mount stands in the way of it.
 *
 * In a sandbox for a command such a place is taken by an empty object, which is on the host while the command runs. A helper that is
 * kept would leave it there in everybody's sight: an empty `.git` is taken for a repository. A helper runs our own code alone, so this
 * code can see to it instead, although programs in sandboxes change the tree meanwhile. It does because
 *
 * - whatever is made, replaced or removed is an entry `/proc/self/fd/N/name` of a directory that is open, and the last component is
 *   not followed: what is judged and what is done are about the same entry, whatever becomes of the path that led there;
 * - the kernel tells the path of an open directory, and the parent of a withheld path is where it was: it, and all above it, are mount
 *   points in the sandboxes of everybody who must not make anything there, which cannot be renamed;
 * - an object that is there all the same is the placeholder of another sandbox. It stays empty, since nothing is made below a
 *   withheld path either, and it stays there, since removing a mount point would uncover what is mounted on it elsewhere. Or it was made
 *   by somebody without a sandbox: then the next request finds this helper out of date, see observations.ts.
 */
import { readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { osFailure } from '#src/files/os-failure.js';
import type { FilePath } from '#src/pool/file-calls.js';
import { internalError } from '#src/protocol/errors.js';

const { EBUSY, EROFS } = constants.errno;
const OPEN_DIRECTORY = /^\/proc\/self\/fd\/\d+$/;
/** Whoever writes in `/proc/self/mem` changes this code, and then it sees to nothing any more. */
const OWN_PROCESSES = '/proc';
const NOBODY: ReadonlySet<string> = new Set();

/** Names and paths in here have one character per byte. */
export class Withheld {
  readonly #paths: ReadonlySet<string>;
  /** Their last names, by the directories that they are in. */
  readonly #names = new Map<string, Set<string>>();

  /** Absolute, without links. */
  constructor(paths: readonly string[]) {
    this.#paths = new Set([...paths.map((path) => Buffer.from(path).toString('latin1')), OWN_PROCESSES]);
    for (const path of this.#paths) {
      const [directory, name] = cut(path);
      const names = this.#names.get(directory) ?? new Set();
      this.#names.set(directory, names.add(name));
    }
  }

  /** Undefined where nothing is withheld. */
  static of(paths: readonly string[]): Withheld | undefined {
    return paths.length === 0 ? undefined : new Withheld(paths);
  }

  /** `entry`: of an open directory, see entryPath and HeldDirectory. Errors: EROFS where nothing may be made, as on a mount. */
  refuseMaking(entry: FilePath): void {
    const path = pathOf(entry);
    if (path !== undefined && upwards(path).some((above) => this.#paths.has(above))) throw osFailure(EROFS);
  }

  /** The same for what is to be removed, and is there. Errors: EBUSY for a withheld path itself, as of a mount point; EROFS below. */
  refuseRemoval(entry: FilePath): void {
    const path = pathOf(entry);
    if (path !== undefined && this.#paths.has(path)) throw osFailure(EBUSY);
    this.refuseMaking(entry);
  }

  /** Names that are withheld in an open directory. */
  namesIn(directory: FilePath): ReadonlySet<string> {
    const path = directoryOf(latin1(directory));
    return (path === undefined ? undefined : this.#names.get(path)) ?? NOBODY;
  }
}

const latin1 = (path: FilePath): string => Buffer.from(path as string).toString('latin1');

function cut(path: string): [directory: string, name: string] {
  const at = path.lastIndexOf('/');
  return [path.slice(0, Math.max(at, 1)), path.slice(at + 1)];
}

/** The path and all above it but for the root. */
function upwards(path: string): string[] {
  const paths: string[] = [];
  for (let at = path.length; at > 0; at = path.lastIndexOf('/', at - 1)) paths.push(path.slice(0, at));
  return paths;
}

/** Undefined where the path is longer than any that is withheld. */
function pathOf(entry: FilePath): string | undefined {
  const text = latin1(entry);
  if (text === '/') return text;
  const at = text.lastIndexOf('/');
  const [opened, name] = [text.slice(0, at), text.slice(at + 1)];
  const directory = directoryOf(opened);
  if (directory === undefined || name === '.') return directory;
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

/**
 * Where an open directory is. Undefined where it is deeper than a path may be long: all that is withheld can be named, and so can what
 * it is in; and nobody whom it is withheld from has ever made anything below it.
 */
function directoryOf(opened: string): string | undefined {
  // Anything else could be changed between this look and what comes of it.
  if (!OPEN_DIRECTORY.test(opened)) throw internalError('sandbox unavailable: files cannot be written without /proc');
  try {
    return readlinkSync(opened, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}
