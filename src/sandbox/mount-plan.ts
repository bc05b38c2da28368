/** From a policy to the mounts that enforce it on this disk at this moment, and what else a launch must know. */
import type { AccessMap, GroundRule } from './access.js';
import type { Disk } from './disk.js';
import { type GroundFacts, groundPolicy, groundWholeDisk } from './ground-policy.js';
import { hidePlaceholders } from './hide-placeholders.js';
import type { MountOperation, Opening, Placeholder } from './mount-operation.js';
import { mountSequence } from './mount-sequence.js';
import { type Observations, observing } from './observations.js';
import type { Policy } from './policy.js';

/** What the plan depends on besides policy and disk. */
export interface PlanFacts extends GroundFacts {
  /** Placeholders of living sandboxes: to the plan they are not there, so that this sandbox counts as one more that uses them. */
  readonly placeholders: ReadonlySet<string>;
  /**
   * For a program of ours that sees to it by itself that nothing is made where a placeholder would be: there is none then, on the host
   * either. It needs a /proc for that; where the sandbox has none there are placeholders all the same.
   */
  readonly leavesNoMarks?: boolean;
}

export interface MountPlan {
  /** `all`: own users, processes, IPC, and network if restricted. `network`: own users and network, all files. */
  readonly isolation: 'all' | 'network';
  readonly operations: readonly MountOperation[];
  /**
   * To be opened for the launch, each anew, in this order: as a path only, the last component not followed. What was opened must
   * have this very path (/proc/self/fd); otherwise something was swapped, and the launch must not happen.
   */
  readonly openings: readonly Opening[];
  /** On the host while the sandbox lives; each once. */
  readonly placeholders: readonly Placeholder[];
  /** Where instead of placeholders the program must see to it that nothing comes into being. */
  readonly withheld: readonly string[];
  /** To be remembered, see GroundFacts. None where the whole disk is writable: nothing would be gained by a link. */
  readonly writableDirectories: readonly string[];
  /** What the mounts come to. */
  readonly access: AccessMap;
  /**
   * For sandboxes that are kept: good while these hold and deniedByGlobs gives the same paths, both asked of a disk on which
   * placeholders are hidden (hidePlaceholders).
   */
  readonly observations: Observations;
  readonly globDenied: readonly string[];
}

/** Errors: those of groundPolicy. Nothing is planned for a free policy: there is nothing to enforce. */
export function planMounts(policy: Exclude<Policy, { kind: 'free' }>, disk: Disk, facts: PlanFacts): MountPlan {
  const observed = observing(hidePlaceholders(disk, facts.placeholders));
  const isWhole = policy.kind === 'offline';
  const ground = isWhole ? groundWholeDisk(facts.secrets, observed.disk) : groundPolicy(policy, observed.disk, facts);
  const rules = [...ground.rules.values()];
  const seesItself = facts.ownProcesses || ground.rules.get('/')!.access !== 'deny';
  const leavesNoMarks = facts.leavesNoMarks === true && seesItself;
  const missing = rules.flatMap(placeholderOf);
  return {
    isolation: isWhole ? 'network' : 'all',
    ...mountSequence(ground, {
      system: isWhole ? 'host' : facts.ownProcesses ? 'own' : 'own without processes',
      takesPlaces: !leavesNoMarks,
    }),
    placeholders: leavesNoMarks ? [] : missing,
    withheld: leavesNoMarks ? missing.map(({ path }) => path) : [],
    writableDirectories: isWhole ? [] : rules.filter(isWritableDirectory).map(({ path }) => path),
    access: ground.rules,
    observations: observed.observations(),
    globDenied: ground.globDenied,
  };
}

function placeholderOf({ path, object }: GroundRule): Placeholder[] {
  switch (object) {
    case 'placeholder directory':
      return [{ path, object: 'directory' }];
    case 'placeholder file':
      return [{ path, object: 'file' }];
    default:
      return [];
  }
}

const isWritableDirectory = ({ access, object }: GroundRule) => access === 'write' && object === 'directory';
