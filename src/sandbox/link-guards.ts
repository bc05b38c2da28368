/**
 * Links that a sandboxed program can change, or could once. A rule whose path crosses one would hold for a place that the program
 * chose: with `W/link -> /etc` a grant of W/link gives /etc, and a denial of W/link/x leaves what was meant open once the link is gone.
 */
import type { Way } from './follow-links.js';
import { parentOf, upwards } from './paths.js';
import type { Access } from './policy.js';
import { crossesWritableLink, writableCrossesLink } from './policy-errors.js';

interface LedRule {
  /** As the policy says it. */
  readonly path: string;
  readonly access: Access;
  readonly way: Way;
}

/**
 * What is allowed must not be reached through a link in a place that any sandbox, this one too, was allowed to write to: it may have
 * been planted. That this sandbox counts makes the first request fail like the second.
 * Errors: -32602. `plantable` has such directories, without links in their paths.
 */
export function guardGrant({ path, access, way }: LedRule, plantable: ReadonlySet<string>): void {
  if (access === 'deny' || way.end !== 'there') return;
  const link = linkBelow(way, plantable);
  if (link === undefined) return;
  throw access === 'write' ? writableCrossesLink(path, link) : crossesWritableLink('read', path, link);
}

/** What is forbidden must not depend on a link that this sandbox can change. Errors: -32602. */
export function guardCarveOut({ path, access, way }: LedRule, writable: ReadonlySet<string>): void {
  if (access === 'write') return;
  const link = linkBelow(way, writable);
  if (link !== undefined) throw crossesWritableLink(access, path, link);
}

/** The first link on the way that lies below one of the directories. */
function linkBelow(way: Way, directories: ReadonlySet<string>): string | undefined {
  return way.links.find(({ at }) => upwards(parentOf(at)).some((above) => directories.has(above)))?.at;
}
