import { childrenOf, descriptorsOf, residentBytesOf, threadCountOf } from '#test/support/procfs.js';

/** What the executor holds, seen from outside. */
export interface Held {
  readonly rssMib: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Its children that have ended and wait to be reaped. */
  readonly zombies: number;
}

export const HELD = ['rssMib', 'descriptors', 'threads', 'zombies'] as const satisfies readonly (keyof Held)[];

const MIB = 1024 * 1024;

export const heldBy = (pid: number): Held => ({
  rssMib: residentBytesOf(pid) / MIB,
  descriptors: descriptorsOf(pid).length,
  threads: threadCountOf(pid),
  zombies: childrenOf(pid).filter(({ state }) => state === 'Z').length,
});

/** The least of each: what is held whatever is just going on. */
export const leastOf = (seen: readonly [Held, ...Held[]]): Held => {
  const least = (name: keyof Held) => Math.min(...seen.map((one) => one[name]));
  return {
    rssMib: least('rssMib'),
    descriptors: least('descriptors'),
    threads: least('threads'),
    zombies: least('zombies'),
  };
};
