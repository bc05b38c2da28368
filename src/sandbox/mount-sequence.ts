/**
 * From rules to mounts:
 *
 *   root ─► /dev, /dev/shm, /proc ─► rules, those with fewest components first ─► seals
 *
 * A writable directory W with something fixed further down in it is mounted as a group, and a and b cannot be moved away from above
 * W/a/b/fixed: a mount point cannot be renamed, even one that another mount has covered.
 *
 *   bind W, pin W/a, pin W/a/b, bind W again, and later: the mount at W/a/b/fixed
 *
 * Without the second bind of W, renames and hard links from one pin to the next would fail.
 */
import { SANDBOX_PINS } from '../protocol/limits.js';
import { type AccessMap, type GroundRule, nearestAbove, type RuleObject } from './access.js';
import type { Link } from './follow-links.js';
import type { Ground } from './ground-policy.js';
import type { MountOperation, Opening } from './mount-operation.js';
import { between, depthOf, isBelow } from './paths.js';
import { policyTooLarge } from './policy-errors.js';

/** Whose devices and processes the sandbox sees. */
export type System = 'host' | 'own' | 'own without processes';

export interface SequenceOptions {
  readonly system: System;
  /** Whether anything is mounted where nothing is. What is above such a place cannot be moved in any case. */
  readonly takesPlaces: boolean;
}

export interface MountSequence {
  readonly operations: readonly MountOperation[];
  readonly openings: readonly Opening[];
}

/** Errors: -32602 for more than SANDBOX_PINS. */
export function mountSequence(ground: Ground, { system, takesPlaces }: SequenceOptions): MountSequence {
  const sequence = new Sequence(ground.rules, ground.links, takesPlaces);
  sequence.base(system);
  sequence.mounts();
  sequence.seals();
  if (sequence.operations.filter(isPin).length > SANDBOX_PINS) throw policyTooLarge();
  return { operations: sequence.operations, openings: sequence.openings };
}

const isPin = ({ do: what }: MountOperation) => what === 'pin' || what === 'pinWithDevices';

class Sequence {
  readonly operations: MountOperation[] = [];
  readonly openings: Opening[] = [];
  readonly #rules: AccessMap;
  readonly #takesPlaces: boolean;
  /** Rules by the rule in whose area they are. */
  readonly #inner = new Map<string, GroundRule[]>();
  /** Links that hidden places lack, by where they are. */
  readonly #links: ReadonlyMap<string, Link>;
  /** Directories made in hidden places. */
  readonly #made = new Set<string>();
  /** Mounted directories of the sandbox's own. Mount points are made in them, so they become read-only last. */
  readonly #unsealed = new Set<string>();

  constructor(rules: AccessMap, links: readonly Link[], takesPlaces: boolean) {
    this.#rules = rules;
    this.#takesPlaces = takesPlaces;
    for (const rule of rules.values()) {
      if (rule.path === '/') continue;
      const around = nearestAbove(rules, rule.path).path;
      const inner = this.#inner.get(around);
      if (inner === undefined) this.#inner.set(around, [rule]);
      else inner.push(rule);
    }
    this.#links = new Map(
      links.filter(({ at }) => nearestAbove(rules, at).access === 'deny').map((link) => [link.at, link]),
    );
  }

  base(system: System): void {
    const { access } = this.#rules.get('/')!;
    if (access === 'deny') this.#add(this.#sealed({ do: 'emptyRoot', path: '/' }));
    else this.#add({ do: 'root', access: system === 'host' ? 'devices' : access });
    if (system !== 'host') {
      this.#add({ do: 'devices' }, { do: 'sharedMemory' });
      // Otherwise files could be made beside the devices, of any size, and they are in memory.
      this.#unsealed.add('/dev');
    }
    if (system === 'own') {
      this.#add({ do: 'processes' });
      // Much of it acts on the whole machine and asks only for the user: root in the sandbox could write it. Sealing it whole is one
      // mount; covering each of those parts is ten, and a millisecond and a half.
      this.#unsealed.add('/proc');
    } else if (system === 'own without processes' && access !== 'deny') {
      this.#add({ do: 'hostReadOnly', path: '/proc' });
    }
    if (access === 'write') this.#pinBelowRoot(system === 'host');
  }

  mounts(): void {
    const links = [...this.#links.values()].map((link) => ({ at: link.at, rank: 0, made: () => this.#link(link) }));
    const rules = [...this.#rules.values()]
      .filter(({ path, object }) => path !== '/' && object !== 'provided')
      .map((rule) => ({ at: rule.path, rank: RANK[rule.access], made: () => this.#rule(rule) }));
    const inOrder = [...links, ...rules].sort(
      (a, b) => depthOf(a.at) - depthOf(b.at) || a.rank - b.rank || (a.at < b.at ? -1 : 1),
    );
    for (const { made } of inOrder) this.#add(...made());
  }

  seals(): void {
    const deepestFirst = [...this.#unsealed].sort((a, b) => depthOf(b) - depthOf(a));
    this.#add(...deepestFirst.map((path) => ({ do: 'seal' as const, path })));
  }

  /** Names at the root stay where they are by a mount that shows; a second root mount would not cover the first one's pins. */
  #pinBelowRoot(devices: boolean): void {
    const pins = this.#waysIn('/');
    const tops = new Set(pins.filter((path) => depthOf(path) === 1));
    for (const top of tops) {
      const deeper = pins.filter((path) => isBelow(path, top));
      const group = deeper.length === 0 ? [top] : [top, ...deeper, top];
      this.#add(...group.map((path) => (devices ? { do: 'pinWithDevices' as const, path } : this.#pin(path))));
    }
  }

  /** Directories between a place and the rules in it that must not be moved, the outer ones first. */
  #waysIn(path: string): string[] {
    const ways = (this.#inner.get(path) ?? []).flatMap((rule) => between(path, rule.path));
    return [...new Set(ways)].sort((a, b) => depthOf(a) - depthOf(b) || (a < b ? -1 : 1));
  }

  #rule(rule: GroundRule): MountOperation[] {
    const { path, access, object } = rule;
    if (!this.#takesPlaces && isPlaceholder(object)) return [];
    if (object === 'placeholder file') return [{ do: 'placeholderFile', path }];
    if (object === 'placeholder directory') return [this.#sealed({ do: 'placeholderDirectory', path })];
    switch (access) {
      case 'write': {
        const bound = [...this.#wayTo(path), this.#bind(rule, 'write')];
        const pins = this.#waysIn(path).map((pin) => this.#pin(pin));
        return pins.length === 0 ? bound : [...bound, ...pins, this.#bind(rule, 'write')];
      }
      case 'read':
        return [...this.#wayTo(path), this.#bind(rule, 'read')];
      case 'deny':
        if (object === 'file') return [{ do: 'hideFile', path }];
        return [this.#sealed({ do: 'hideDirectory', path, mode: this.#leadsOn(path) ? 0o111 : 0 })];
      default:
        return access satisfies never;
    }
  }

  #bind({ path, object }: GroundRule, access: 'read' | 'write'): MountOperation {
    return { do: 'bind', path, access, opening: this.#open(path, object === 'file' ? 'file' : 'directory') };
  }

  #pin(path: string): MountOperation {
    return { do: 'pin', path, opening: this.#open(path, 'directory') };
  }

  /** Each takes a descriptor of its own: bubblewrap closes it. */
  #open(path: string, object: Opening['object']): number {
    return this.openings.push({ path, object }) - 1;
  }

  #link({ at, target }: Link): MountOperation[] {
    return [...this.#wayTo(at), { do: 'link', path: at, target }];
  }

  /** In a hidden place directories are missing that lead to the path. Names at the root may be seen, those in a denied place not. */
  #wayTo(path: string): MountOperation[] {
    const around = nearestAbove(this.#rules, path);
    if (around.access !== 'deny') return [];
    const missing = between(around.path, path).filter((directory) => !this.#made.has(directory));
    for (const directory of missing) this.#made.add(directory);
    return missing.map((directory) => ({
      do: 'directory',
      path: directory,
      mode: around.path === '/' ? 0o755 : 0o111,
    }));
  }

  /** Whether something below a denied directory is allowed. */
  #leadsOn(path: string): boolean {
    return (
      [...this.#rules.values()].some((rule) => rule.access !== 'deny' && isBelow(rule.path, path)) ||
      [...this.#links.keys()].some((at) => isBelow(at, path))
    );
  }

  /** Mount points are still to be made in it. */
  #sealed<O extends MountOperation & { readonly path: string }>(operation: O): O {
    this.#unsealed.add(operation.path);
    return operation;
  }

  #add(...operations: readonly MountOperation[]): void {
    this.operations.push(...operations);
  }
}

const isPlaceholder = (object: RuleObject) => object === 'placeholder file' || object === 'placeholder directory';

/** What is stricter covers what is not. */
const RANK = { write: 1, read: 2, deny: 3 } as const;
