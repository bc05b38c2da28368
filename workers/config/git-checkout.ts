/** Which git checkout a folder belongs to. Looks at files only, runs nothing. Source: 0.169.0, probed. */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { GIT_POINTER_BYTES } from '#src/protocol/limits.js';
import { readBoundedTextFile } from '../files/bounded-file.js';

export interface Checkout {
  /** Top folder. */
  readonly root: string;
  /** Top folder of the main checkout: the same, but for a linked worktree. Undefined when that cannot be told for sure. */
  readonly mainRoot: string | undefined;
}

/** The nearest of these folders, innermost first, that is the top of a checkout. */
export function findCheckout(folders: readonly string[]): Checkout | undefined {
  const root = folders.find((folder) => holds(folder, '.git'));
  return root === undefined ? undefined : { root, mainRoot: mainRootOf(root) };
}

/** There is something of this name; as `.git` only a repository or a pointer to one counts. */
export function holds(folder: string, name: string): boolean {
  const path = resolve(folder, name);
  const stats = look(path);
  if (stats === undefined) return false;
  return name !== '.git' || !stats.isDirectory() || look(resolve(path, 'HEAD')) !== undefined;
}

/**
 * A worktree's `.git` is a file that points into the main repository, which must point back: whoever could write the one
 * file would otherwise be trusted like a project of somebody else.
 *
 *   worktree/.git            gitdir: main/.git/worktrees/NAME
 *   main/.git/worktrees/NAME/gitdir      worktree/.git
 *   main/.git/worktrees/NAME/commondir   ../..
 */
function mainRootOf(root: string): string | undefined {
  const pointer = resolve(root, '.git');
  try {
    const stats = lstatSync(pointer);
    if (stats.isDirectory()) return root;
    if (!stats.isFile()) return undefined;
    const target = /^gitdir:(.*)$/s.exec(readPointer(pointer))?.[1]?.trim();
    if (!target) return undefined;
    const entry = realpathSync.native(resolve(root, target));
    const worktrees = dirname(entry);
    const repository = dirname(worktrees);
    if (basename(worktrees) !== 'worktrees' || basename(repository) !== '.git') return undefined;
    const pointsBack = placeOf(resolve(entry, readPointer(resolve(entry, 'gitdir')))) === placeOf(pointer);
    const common = realpathSync.native(resolve(entry, readPointer(resolve(entry, 'commondir'))));
    return pointsBack && common === repository ? dirname(repository) : undefined;
  } catch {
    return undefined;
  }
}

const readPointer = (path: string) => readBoundedTextFile(path, GIT_POINTER_BYTES).trim();

/** Without links, but for that which may stand there itself. */
const placeOf = (path: string) => resolve(realpathSync.native(dirname(path)), basename(path));

function look(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
