/**
 * What a sandbox context comes to once the wire's words are resolved: absolute paths, still as they are spelled. Links are
 * followed later, see ground-policy.ts, because only the moment of the launch says where they lead.
 */
import type { Glob } from './glob-pattern.js';

export type Access = 'read' | 'write' | 'deny';
export type Network = 'restricted' | 'enabled';

/** Holds for the path and all below it, as far as no rule is nearer. The path is absolute and normal, see paths.ts. */
export interface PathRule {
  readonly path: string;
  readonly access: Access;
}

export type Policy =
  /** All files and the network: nothing to confine. */
  | { readonly kind: 'free' }
  /** All files, no network. */
  | { readonly kind: 'offline' }
  | ConfinedPolicy;

export interface ConfinedPolicy {
  readonly kind: 'confined';
  /** In no order; a path may be there more than once. What no rule contains is denied. */
  readonly rules: readonly PathRule[];
  /** The system's own programs, libraries and settings can be read: PLATFORM_ROOTS. */
  readonly platform: boolean;
  /** Files that are denied besides, those that are there at the launch. */
  readonly globs: readonly Glob[];
  /** How many levels below its directory a glob is looked for, 1 for its entries alone; undefined for no bound. */
  readonly globDepth: number | undefined;
  readonly network: Network;
}

/** What the system needs to run programs at all, as far as it is there. Source: 0.169.0. */
export const PLATFORM_ROOTS: readonly string[] = [
  '/bin',
  '/sbin',
  '/usr',
  '/etc',
  '/lib',
  '/lib64',
  '/nix/store',
  '/run/current-system/sw',
];

/** Of rules for one path, this one holds. */
export const stricter = (a: Access, b: Access): Access => (STRENGTH[a] >= STRENGTH[b] ? a : b);
const STRENGTH: Readonly<Record<Access, number>> = { read: 0, write: 1, deny: 2 };

/** Whether the whole disk can be read. Then a request for files that changes nothing needs no sandbox. */
export const readsWholeDisk = (policy: Policy): boolean =>
  policy.kind !== 'confined' || (policy.globs.length === 0 && readsAll(policy.rules));

/** The same of rules alone. */
export function readsAll(rules: readonly PathRule[]): boolean {
  return rules.some(({ path }) => path === '/') && rules.every(({ access }) => access !== 'deny');
}

/** Whether by these rules the whole disk can be written: the root can, and none takes anything back. With globs it never can. */
export function writesAll(rules: readonly PathRule[]): boolean {
  const merged = new Map<string, Access>();
  for (const { path, access } of rules) merged.set(path, stricter(access, merged.get(path) ?? access));
  return merged.get('/') === 'write' && [...merged.values()].every((access) => access === 'write');
}
