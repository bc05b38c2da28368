/** Where a path leads: each component looked at in its turn, links followed as the kernel follows them. */
import type { Disk } from './disk.js';
import { componentsOf, entryOf, parentOf, resolveIn } from './paths.js';

/** A link on the way: where it is, by the path that has no link in it, and what it says. */
export interface Link {
  readonly at: string;
  readonly target: string;
}

export type Way = { readonly links: readonly Link[] } & (
  | { readonly end: 'there'; readonly path: string; readonly object: 'directory' | 'file' }
  /** `path` is where it would be, `first` the first component on the way that is not there. */
  | { readonly end: 'missing'; readonly path: string; readonly first: string }
  /** At `at` is something that is no directory, and the path goes on below it. */
  | { readonly end: 'blocked'; readonly at: string }
  /** Nobody gets past what is at `at`: it must not be looked at, or there are too many links. */
  | { readonly end: 'closed'; readonly at: string }
  /** What is at `at` cannot be looked at, which may be another matter for programs. */
  | { readonly end: 'unknown'; readonly at: string }
);

/** Links that one path may cross. Source: Linux (MAXSYMLINKS). */
const MOST_LINKS = 40;

export function followLinks(path: string, disk: Disk): Way {
  const links: Link[] = [];
  const ahead = componentsOf(path).reverse();
  let at = '/';
  let object: 'directory' | 'file' = 'directory';
  while (ahead.length > 0) {
    const name = ahead.pop()!;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      at = parentOf(at);
      continue;
    }
    const next = entryOf(at, name);
    const found = disk.look(next);
    switch (found.is) {
      case 'nothing':
        return {
          links,
          end: 'missing',
          path: resolveIn(next, ahead.reverse().join('/').replace(/^\/+/, '')),
          first: next,
        };
      case 'closed':
      case 'unknown':
        return { links, end: found.is, at: next };
      case 'link':
        links.push({ at: next, target: found.target });
        if (links.length > MOST_LINKS) return { links, end: 'closed', at: next };
        ahead.push(...found.target.split('/').reverse());
        if (found.target.startsWith('/')) at = '/';
        break;
      case 'directory':
        at = next;
        break;
      case 'file':
      case 'other':
        if (ahead.length > 0) return { links, end: 'blocked', at: next };
        at = next;
        object = 'file';
        break;
      default:
        found satisfies never;
    }
  }
  return { links, end: 'there', path: at, object };
}
