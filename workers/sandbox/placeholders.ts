/** Which placeholders are on the disk, and which sandboxes rely on them: for one thread, in agreement with all others of this user. */
import { internalError, RpcError } from '#src/protocol/errors.js';
import type { Placeholder } from '#src/sandbox/mount-operation.js';
import { type Held, type Living, PlaceholderRegistry, type Steps } from './placeholder-registry.js';
import { prepareRuntimeDirectory, runtimeDirectory } from './runtime-directory.js';
import { ownersHere } from './token-owner.js';

/** What a living sandbox relies on. To be released once, when all of the sandbox has ended. */
export interface Lease {
  /** Removes what no other sandbox relies on. Never throws. */
  release(): void;
}

/** How often and how long another is waited for that removes a placeholder, which takes it less than a millisecond. */
const MOST_WAITS = 2000;
const WAIT_MS = 1;

export class Placeholders {
  /** Where this user's executors keep what they share; no sandbox may reach it. */
  readonly directory: string;
  #registry: PlaceholderRegistry | undefined;
  #seen: Living | undefined;
  /** What could not be released, for want of descriptors, say. */
  #unreleased: Held[] = [];

  constructor(directory = runtimeDirectory()) {
    this.directory = directory;
  }

  /** To be asked before each plan, as PlanFacts.placeholders. Errors: -32603. */
  living(): ReadonlySet<string> {
    this.#seen = this.#run('read', (registry) => registry.living());
    return this.#seen.paths;
  }

  /**
   * To be called after each plan and before its launch, with an empty list too, and before `living` is asked for another plan.
   * `changed`: the plan may have taken a placeholder for somebody's file, or the other way round, and must be made again, from
   * `living` on. Any claim of another since then is enough for it, so where several launch all the time it may come some times in a
   * row, but each time some launch has got on. Errors: -32603.
   */
  acquire(list: readonly Placeholder[]): Lease | 'changed' {
    const seen = this.#seen;
    if (seen === undefined) return 'changed';
    const held = this.#run('change', (registry) => registry.acquire(list, seen));
    if (held === 'changed') return held;
    return {
      release: () => {
        this.#unreleased.push(...held.splice(0));
        this.#releaseAll();
      },
    };
  }

  /** Removes what executors that are gone have left behind. Never throws: without it more is left behind. */
  sweep(): void {
    try {
      this.#run('change', (registry) => registry.sweep());
    } catch {
      // The next launch will tell.
    }
  }

  #releaseAll(): void {
    const held = this.#unreleased;
    if (held.length === 0 || this.#registry === undefined) return;
    this.#unreleased = [];
    try {
      this.#drive(this.#registry.release(held));
    } catch {
      this.#unreleased = held;
    }
  }

  #run<T>(what: 'read' | 'change', begin: (registry: PlaceholderRegistry) => Steps<T>): T {
    prepareRuntimeDirectory(this.directory);
    try {
      this.#registry ??= new PlaceholderRegistry(this.directory, ownersHere());
      return this.#drive(begin(this.#registry));
    } catch (error) {
      if (error instanceof RpcError) throw error;
      const text = error instanceof Error ? error.message : String(error);
      throw internalError(`sandbox unavailable: cannot ${what} the registry of placeholders: ${text}`, error);
    }
  }

  #drive<T>(steps: Steps<T>): T {
    let waits = 0;
    for (let step = steps.next(); ; ) {
      if (step.done) return step.value;
      if (step.value === 'go') step = steps.next();
      else if (waits++ < MOST_WAITS) {
        Atomics.wait(NEVER_WOKEN, 0, 0, WAIT_MS);
        step = steps.next();
      } else step = steps.throw(tooSlow());
    }
  }
}
const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));

const tooSlow = () =>
  internalError('sandbox unavailable: another executor does not come to the end of removing a placeholder');
