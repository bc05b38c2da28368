/** Which placeholders are on the disk, and how many sandboxes rely on each. */
import type { Placeholder } from '#src/sandbox/mount-operation.js';

/** What a living sandbox relies on. To be released once, when all of the sandbox has ended. */
export interface Lease {
  /** Removes what no other sandbox relies on. Never throws. */
  release(): void;
}

export class Placeholders {
  /** Where this user's executors keep what they share; no sandbox may reach it. */
  readonly directory: string;

  constructor(directory = '/tmp/farhand') {
    this.directory = directory;
  }

  /** To be asked before each plan, as PlanFacts.placeholders. Errors: -32603. */
  living(): ReadonlySet<string> {
    return new Set();
  }

  /**
   * To be called after each plan and before its launch, with an empty list too. `changed`: the plan may have taken a placeholder
   * for somebody's file, or the other way round, and must be made again from `living` on. Errors: -32603.
   */
  acquire(_list: readonly Placeholder[]): Lease | 'changed' {
    return { release() {} };
  }

  /** Removes what executors that are gone have left behind. Never throws. */
  sweep(): void {}
}
