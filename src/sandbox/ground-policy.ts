/**
 * From a policy in words to one for this disk at this moment: links followed, what is missing found, what is implied added.
 *
 *   where rules lead ──► what is there ──► guards ──► what is not ──► globs ──► secrets
 *                        (rules)           (refuse)   (placeholders)  (deny)    (deny, whatever was allowed)
 */
import {
  type AccessMap,
  addRule,
  type GroundRule,
  isWritableArea,
  nearest,
  nearestAbove,
  withoutRepeats,
} from './access.js';
import { deniedByGlobs } from './denied-by-globs.js';
import type { Disk } from './disk.js';
import { followLinks, type Link, type Way } from './follow-links.js';
import { guardCarveOut, guardGrant } from './link-guards.js';
import { isWithin } from './paths.js';
import { type Access, type ConfinedPolicy, PLATFORM_ROOTS } from './policy.js';
import { cannotExamine } from './policy-errors.js';
import { gitDirectory, protectedPaths } from './protected-names.js';
import { hasEffect, providedRules } from './provided.js';

/** What the ground depends on besides policy and disk. Paths are absolute and normal. */
export interface GroundFacts {
  /** The executor's own: denied with all that is below, whatever the policy says. */
  readonly secrets: readonly string[];
  /**
   * What enforces the policy and runs outside of it: where the policy makes a folder writable that it lies in, it stays as it is. A
   * policy that gives the whole disk gives it, too.
   */
  readonly kept: readonly string[];
  /** Readable besides, where no rule speaks of it, for the program that is to run: files and directories. */
  readonly needs: readonly string[];
  /** Every directory to which a sandbox was ever given write access, see MountPlan: programs may have planted links there. */
  readonly remembered: ReadonlySet<string>;
  /** Whether the sandbox gets a /proc of its own. */
  readonly ownProcesses: boolean;
}

export interface Ground {
  readonly rules: AccessMap;
  /** The links that lead to what is allowed. Where all else is hidden they must be made anew. */
  readonly links: readonly Link[];
  /** Paths that globs deny, in order. */
  readonly globDenied: readonly string[];
}

/** A rule, with where its path leads. */
interface Led<A extends Access = Access> {
  readonly path: string;
  readonly access: A;
  readonly way: Way;
}

/**
 * Errors, -32602: a link that a program could change, on the way of a rule; something that cannot be examined where programs can
 * write, or where something is to be hidden from them; those of globs.
 */
export function groundPolicy(policy: ConfinedPolicy, disk: Disk, facts: GroundFacts): Ground {
  const lead = <A extends Access>(path: string, access: A): Led<A> => ({ path, access, way: followLinks(path, disk) });
  const led = policy.rules.map(({ path, access }) => lead(path, access));
  const rules = explicitRules(led, facts.ownProcesses);

  const roots = [...rules.values()].filter(isWritableArea);
  const implied = impliedPaths(roots, disk).map((path) => lead(path, 'read'));
  const kept = facts.kept.map((path) => lead(path, 'read')).filter(({ way }) => isInWritableFolder(rules, way));
  const carved = [...led.filter(isCarved), ...implied, ...kept];
  const writable = new Set(roots.map(({ path }) => path));
  const plantable = new Set([...writable, ...facts.remembered]);
  for (const rule of led) guardGrant(rule, plantable);
  for (const rule of carved) guardCarveOut(rule, writable);
  for (const { text, directory } of policy.globs) guardCarveOut({ ...lead(directory, 'deny'), path: text }, writable);

  const unspoken = [...(policy.platform ? PLATFORM_ROOTS : []), ...facts.needs].map((path) => lead(path, 'read'));
  addUnspoken(rules, unspoken);
  addImplied(rules, [...implied, ...kept]);
  const mayBeMade = new Set(led.flatMap(({ access, way }) => (access === 'write' ? missingPath(way) : [])));
  for (const rule of carved) holdPlace(rules, rule, mayBeMade);

  const globRules = deniedByGlobs(policy.globs, policy.globDepth, disk);
  for (const rule of globRules) addRule(rules, rule);
  hideSecrets(rules, facts.secrets, disk);
  return {
    rules: withoutRepeats(rules),
    links: [...led, ...unspoken].filter(({ access }) => access !== 'deny').flatMap(({ way }) => way.links),
    globDenied: globRules.map(({ path }) => path),
  };
}

function isInWritableFolder(rules: AccessMap, way: Way): boolean {
  if (way.end !== 'there') return false;
  const around = nearestAbove(rules, way.path);
  return isWritableArea(around) && around.path !== '/';
}

const isCarved = (rule: Led): rule is Led<'read' | 'deny'> => rule.access !== 'write';
const missingPath = (way: Way): string[] => (way.end === 'missing' ? [way.path] : []);

/** Only the executor's secrets are taken from the whole disk. */
export function groundWholeDisk(secrets: readonly string[], disk: Disk): Ground {
  const rules = new Map<string, GroundRule>([['/', { path: '/', access: 'write', object: 'directory' }]]);
  hideSecrets(rules, secrets, disk);
  return { rules, links: [], globDenied: [] };
}

/** What is there and named by the policy, the root in any case, and what every sandbox has. */
function explicitRules(led: readonly Led[], ownProcesses: boolean): Map<string, GroundRule> {
  const rules = new Map<string, GroundRule>();
  for (const { access, way } of led) {
    if (way.end !== 'there' || !hasEffect(way.path, access, ownProcesses)) continue;
    addRule(rules, { path: way.path, access, object: way.object });
  }
  if (!rules.has('/')) rules.set('/', { path: '/', access: 'deny', object: 'directory' });
  for (const rule of providedRules(rules)) rules.set(rule.path, rule);
  return rules;
}

/** The protected names below every writable directory, and the repositories that they point to. */
function impliedPaths(roots: readonly GroundRule[], disk: Disk): string[] {
  return roots
    .filter(({ object }) => object === 'directory')
    .flatMap(({ path }) => {
      const repository = gitDirectory(path, disk);
      return repository === undefined ? protectedPaths(path) : [...protectedPaths(path), repository];
    });
}

/** They forbid and never allow: where nothing can be written they mean nothing. A rule that allows to write them is stronger. */
function addImplied(rules: Map<string, GroundRule>, implied: readonly Led<'read'>[]): void {
  for (const { way } of implied) {
    if (way.end !== 'there' || !isWritableArea(nearestAbove(rules, way.path))) continue;
    addRule(rules, { path: way.path, access: 'read', object: way.object });
  }
}

/** Only what would be hidden because no rule speaks of it: a rule for `/usr` is one for all of the platform in it. */
function addUnspoken(rules: Map<string, GroundRule>, unspoken: readonly Led<'read'>[]): void {
  if (rules.get('/')!.access !== 'deny') return;
  for (const { way } of unspoken) {
    if (way.end !== 'there' || nearest(rules, way.path).path !== '/') continue;
    addRule(rules, { path: way.path, access: 'read', object: way.object });
  }
}

/**
 * A rule about what is not there, where programs could make it. Its place is taken: by an empty directory for a protected name, else
 * by an empty file at the first component that is missing. A file in the way stays as it is, so that it cannot make room.
 */
function holdPlace(
  rules: Map<string, GroundRule>,
  { path, access, way }: Led<'read' | 'deny'>,
  mayBeMade: ReadonlySet<string>,
): void {
  switch (way.end) {
    case 'there':
      return;
    case 'missing': {
      const around = nearestAbove(rules, way.first);
      const isAllowed = access === 'read' && mayBeMade.has(way.path);
      if (!isWritableArea(around) || isAllowed || rules.has(way.first)) return;
      const isProtected = protectedPaths(around.path).includes(way.first);
      const object = isProtected ? 'placeholder directory' : 'placeholder file';
      rules.set(way.first, { path: way.first, access: 'read', object });
      return;
    }
    case 'blocked':
      if (isWritableArea(nearest(rules, way.at))) rules.set(way.at, { path: way.at, access: 'read', object: 'file' });
      return;
    case 'closed':
    case 'unknown': {
      const leadsOn = access === 'deny' && way.end === 'unknown';
      if (leadsOn || isWritableArea(nearestAbove(rules, way.at))) throw cannotExamine(access, path, way.at);
      return;
    }
    default:
      way satisfies never;
  }
}

function hideSecrets(rules: Map<string, GroundRule>, secrets: readonly string[], disk: Disk): void {
  for (const secret of secrets) {
    const way = followLinks(secret, disk);
    if (way.end === 'unknown') throw cannotExamine('deny', secret, way.at);
    if (way.end !== 'there') continue;
    for (const path of rules.keys()) if (isWithin(path, way.path)) rules.delete(path);
    rules.set(way.path, { path: way.path, access: 'deny', object: way.object });
  }
}
