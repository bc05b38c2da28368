/** The files that a glob denies: those that are there now. */
import { SANDBOX_GLOB_MATCHES } from '../protocol/limits.js';
import type { Disk } from './disk.js';
import { descend, type Glob, type GlobState, startOf } from './glob-pattern.js';
import { entryOf } from './paths.js';
import { globMatchesTooMuch, globMeetsBytes } from './policy-errors.js';

export interface GlobMatch {
  readonly path: string;
  /** `unlistable`: a directory that may hold such files and does not tell; a program that knows their names must not open them. */
  readonly is: 'file' | 'link' | 'unlistable';
}

/**
 * Looks below `directory`, to which the links of the glob's own directory lead; no link is followed, no directory matches.
 * `depth` is how many levels of entries are looked at, undefined for all. Order: as listed, depth first.
 * Errors, -32602: more than SANDBOX_GLOB_MATCHES; a name that matters and is not UTF-8.
 */
export function expandGlob(glob: Glob, directory: string, depth: number | undefined, disk: Disk): GlobMatch[] {
  const matches: GlobMatch[] = [];
  const add = (match: GlobMatch) => {
    if (matches.length === SANDBOX_GLOB_MATCHES) throw globMatchesTooMuch(glob.text, SANDBOX_GLOB_MATCHES);
    matches.push(match);
  };
  const open: { at: string; state: GlobState; levels: number }[] = [
    { at: directory, state: startOf(glob), levels: depth ?? Number.POSITIVE_INFINITY },
  ];
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    const listing = disk.list(here.at);
    if (listing.is === 'unlistable') add({ path: here.at, is: 'unlistable' });
    if (listing.is !== 'names') continue;
    const below: typeof open = [];
    for (const { name, isUtf8, kind } of listing.entries) {
      const { state, fits } = descend(glob, here.state, name);
      const enters = kind === 'directory' && state.length > 0 && here.levels > 1;
      const matched = kind !== 'directory' && fits;
      if (!enters && !matched) continue;
      if (!isUtf8) throw globMeetsBytes(glob.text, here.at);
      const path = entryOf(here.at, name);
      if (enters) below.push({ at: path, state, levels: here.levels - 1 });
      else add({ path, is: kind === 'link' ? 'link' : 'file' });
    }
    open.push(...below.reverse());
  }
  return matches;
}
