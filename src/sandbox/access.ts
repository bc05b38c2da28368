/** What a policy says about each path of this disk: the oracle that mounts and tests are measured by. */
import { depthOf, parentOf, upwards } from './paths.js';
import { type Access, stricter } from './policy.js';

/** A rule whose path has no link in it. */
export interface GroundRule {
  readonly path: string;
  readonly access: Access;
  readonly object: RuleObject;
}

/**
 * What the rule is about. Placeholders stand where nothing is, so that nothing can be made there. `provided`: a part of the sandbox
 * that it always has as its own, whatever the disk has there.
 */
export type RuleObject = 'directory' | 'file' | 'placeholder directory' | 'placeholder file' | 'provided';

/** Rules by path; there is always one for the root. Plain data. */
export type AccessMap = ReadonlyMap<string, GroundRule>;

/**
 * What a sandboxed program may do with a path that has no link in it, `.` or `..`: nothing, look, or change. A directory on the way
 * to something allowed is there all the same, and shows at most its name. What is writable can itself not be removed or renamed
 * where it is a writable root. `/dev`, `/dev/shm` and `/proc` are the sandbox's own, which the answer does not speak of.
 */
export const accessOf = (rules: AccessMap, path: string): Access => nearest(rules, path).access;

/** The rule that decides about the path: of those that contain it, the one with most components. */
export function nearest(rules: AccessMap, path: string): GroundRule {
  for (const at of upwards(path)) {
    const rule = rules.get(at);
    if (rule !== undefined) return rule;
  }
  throw new Error('an access map has a rule for the root');
}

/** The rule in whose area the path is, its own left out. Not for the root. */
export const nearestAbove = (rules: AccessMap, path: string): GroundRule => nearest(rules, parentOf(path));

/** Adds a rule; of two for one path the stricter access holds. */
export function addRule(rules: Map<string, GroundRule>, rule: GroundRule): void {
  const access = stricter(rule.access, rules.get(rule.path)?.access ?? rule.access);
  rules.set(rule.path, { ...rule, access });
}

/** Whether programs can make and remove things beside the rule's path, in the area it is in. */
export const isWritableArea = ({ access, object }: GroundRule): boolean => access === 'write' && object !== 'provided';

/** The same map without rules that repeat what holds around them. A writable place keeps its rule: it is mounted by itself. */
export function withoutRepeats(rules: AccessMap): Map<string, GroundRule> {
  const kept = new Map<string, GroundRule>();
  for (const rule of [...rules.values()].sort((a, b) => depthOf(a.path) - depthOf(b.path))) {
    if (rule.path === '/' || !repeats(rule, nearestAbove(kept, rule.path))) kept.set(rule.path, rule);
  }
  return kept;
}

const repeats = (rule: GroundRule, around: GroundRule): boolean =>
  rule.access === around.access &&
  rule.access !== 'write' &&
  rule.object !== 'provided' &&
  around.object !== 'provided';
