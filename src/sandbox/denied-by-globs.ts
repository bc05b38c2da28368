/** What the globs of a policy deny on this disk at this moment. */
import type { GroundRule } from './access.js';
import type { Disk } from './disk.js';
import { followLinks, type Way } from './follow-links.js';
import { expandGlob } from './glob-expansion.js';
import type { Glob } from './glob-pattern.js';
import { cannotExamine, globNotExpandable } from './policy-errors.js';
import { isProvided } from './provided.js';

/**
 * One rule per file, in the order they are found; a file may be there twice. Of a link its target is denied, if that is a file.
 * A sandbox that is kept for later is good as long as this gives the same again.
 * Errors, -32602: those of expandGlob; a link that programs may follow and we cannot; a directory in what the sandbox has as its own.
 */
export function deniedByGlobs(globs: readonly Glob[], depth: number | undefined, disk: Disk): GroundRule[] {
  return globs.flatMap((glob) => {
    const way = followToDeny(glob.directory, disk);
    if (way.end !== 'there' || way.object !== 'directory') return [];
    if (isProvided(way.path)) throw globNotExpandable(glob.text);
    return expandGlob(glob, way.path, depth, disk).flatMap(({ path, is }): GroundRule[] => {
      switch (is) {
        case 'file':
          return [{ path, access: 'deny', object: 'file' }];
        case 'unlistable':
          return [{ path, access: 'deny', object: 'directory' }];
        case 'link':
          return targetOf(path, disk);
        default:
          return is satisfies never;
      }
    });
  });
}

function followToDeny(path: string, disk: Disk): Way {
  const way = followLinks(path, disk);
  if (way.end === 'unknown') throw cannotExamine('deny', path, way.at);
  return way;
}

/** Directories are never matched, through links neither; a device of the host is not there to be read. */
function targetOf(link: string, disk: Disk): GroundRule[] {
  const way = followToDeny(link, disk);
  if (way.end !== 'there' || way.object !== 'file' || isProvided(way.path)) return [];
  return [{ path: way.path, access: 'deny', object: 'file' }];
}
