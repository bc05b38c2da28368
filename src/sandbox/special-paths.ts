/** The places that a policy names without a path, which only this host can tell. Source: 0.169.0. */
import type { SpecialPath } from '../protocol/sandbox.js';
import { resolveIn } from './paths.js';
import type { Access, PathRule } from './policy.js';

/** What the special places are here. */
export interface Places {
  /** The policy's own directory, absolute and normal. */
  readonly cwd: string;
  /** Absolute and normal. */
  readonly workspaceRoots: readonly string[];
  /** TMPDIR; undefined or empty for none. It may be relative to `cwd`. */
  readonly tmpdir: string | undefined;
  /** Whether /tmp is a directory. */
  readonly hasSlashTmp: boolean;
}

/** The rules that an entry for the place stands for. `minimal` gives none: it is a flag of the policy. */
export function specialRules(special: SpecialPath, access: Access, places: Places): PathRule[] {
  switch (special.kind) {
    case 'root':
      return [{ path: '/', access }];
    case 'slash_tmp':
      return places.hasSlashTmp ? [{ path: '/tmp', access }] : [];
    case 'tmpdir':
      return places.tmpdir ? [{ path: resolveIn(places.cwd, places.tmpdir), access }] : [];
    case 'project_roots':
      return places.workspaceRoots.flatMap((root) => belowRoot(root, special.subpath ?? '', access));
    case 'minimal':
    case 'unknown':
      return [];
    default:
      return special satisfies never;
  }
}

/** A subpath that would lead out of the root allows nothing, and forbids the whole root. */
function belowRoot(root: string, subpath: string, access: Access): PathRule[] {
  const leadsOut = subpath.startsWith('/') || subpath.split('/').some((name) => name === '.' || name === '..');
  if (!leadsOut) return [{ path: resolveIn(root, subpath), access }];
  return access === 'write' ? [] : [{ path: root, access: 'deny' }];
}
