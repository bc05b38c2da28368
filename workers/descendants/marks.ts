/**
 * A mark that a leader passes on to every descendant, so that one is known by it after all its ancestors have ended: its soft limit
 * of file locks. Linux has not enforced that limit since 2.4.25, and no program is known that looks at it; fork, exec and setsid
 * keep it, and anybody may read it of processes of its own user. It costs three system calls per start, and shows in `ulimit -x`.
 *
 *   5 000000042 000000007        as a decimal number: less than what means `unlimited`
 *     which worker  which start
 *
 * A leader must have it from its first moment, since a shell can let a daemon go before whoever started it comes to its next
 * instruction. So this program takes the mark itself while it starts one:
 *
 *   one worker       mark 1 ─ fork ─ none ─ is it mark 1? yes
 *   two at a time    mark 1 ───────── fork ─ none ─ is it mark 1? no, mark 2: it gets mark 1 now, and so do its children
 *                        mark 2 ─ fork ─ none ─ is it mark 2? yes
 *
 * They do not wait for each other: a fork lasts until the child has called exec. If such a leader has begun and ended somebody before
 * it got its own mark, some descendant of its may go on with the other one, which is in doubt from then on, and nobody is known by it.
 *
 * A process can change its own limits, and so hide: what must not do that belongs into a sandbox.
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DOUBTS, DOUBTS_KEPT, FIRST_DOUBT, HARD_LIMIT, SOFT_LIMIT } from '#src/pool/start-marks.js';
import { orUndefined } from '#src/protocol/or-undefined.js';
import { bindPrlimit, RLIMIT_LOCKS } from '../native/libc.js';
import { processEntry } from '../process-entry.js';
import type { Forking } from '../spawner.js';

/** The guard of live-groups.ts, a shell, knows a mark by this first digit and the number of digits. */
const FIRST = 5_000_000_000_000_000_000n;
const BEHIND_LAST = 6_000_000_000_000_000_000n;
const PER_WORKER = 1_000_000_000;

export interface Marks {
  /** For the next start. */
  next(): Marking;
  /** Takes away what a child of ours that is no leader has come to by being started beside one, from another thread. */
  clear(child: number): void;
  /** Undefined where it has none, or cannot be asked; and for this program, which is nobody's descendant. */
  of(pid: number): bigint | undefined;
  /** Whether nobody but descendants of its leader can have this mark. */
  isSure(mark: bigint): boolean;
}

/** Who is started between `before` and `after` has the mark from its first moment on, as far as other threads let it. */
export interface Marking extends Forking {
  /** No other leader's, ever. Where the system refuses it, nobody has it. */
  readonly mark: bigint;
  /** To be called at once behind `after`: sees to it that this leader and its descendants have it in any case. */
  started(leader: number): void;
}

/** `shared`: see start-marks.ts. Undefined where there are no native calls. */
export function createMarks(shared: SharedArrayBuffer): Marks | undefined {
  const prlimit = bindPrlimit();
  const words = new BigUint64Array(shared);
  const [soft = 0n, hard = 0n] = [words[SOFT_LIMIT], words[HARD_LIMIT]];
  if (!prlimit || hard === 0n) return undefined;
  const { pid: self } = process;
  const usual = BigUint64Array.of(soft, hard);
  const marked = BigUint64Array.of(0n, hard);
  const found = new BigUint64Array(2);
  const worker = FIRST + BigInt(randomInt(PER_WORKER)) * BigInt(PER_WORKER);
  let starts = 0;

  const of = (pid: number): bigint | undefined => {
    // Ours is that of whoever is about to begin, or was when the thread that starts it died.
    if (pid === self) return undefined;
    if (prlimit(pid, RLIMIT_LOCKS, null, found) !== 0) return undefined;
    const [mark = 0n] = found;
    // An executor can be a descendant of another's leader: what it was started with is no mark of its own children.
    return mark >= FIRST && mark < BEHIND_LAST && mark !== soft ? mark : undefined;
  };

  const give = (pid: number, mark: bigint): void => {
    marked[0] = mark;
    prlimit(pid, RLIMIT_LOCKS, marked, null);
  };

  /** Whether it has never had children but those that it has now, which get the mark, too. */
  const giveToFamily = (pid: number, mark: bigint): boolean => {
    give(pid, mark);
    const children = orUndefined(() => readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1'));
    if (children === undefined || processEntry(pid)?.hasReaped !== false) return false;
    return children
      .split(' ')
      .filter(Boolean)
      .every((child) => giveToFamily(Number(child), mark));
  };

  return {
    next: () => {
      starts = (starts + 1) % PER_WORKER;
      const mark = worker + BigInt(starts);
      return {
        mark,
        before: () => give(self, mark),
        after: () => prlimit(self, RLIMIT_LOCKS, usual, null),
        started: (leader) => {
          const other = of(leader);
          if (other === mark || giveToFamily(leader, mark) || other === undefined) return;
          words[FIRST_DOUBT + Number(Atomics.add(words, DOUBTS, 1n) % BigInt(DOUBTS_KEPT))] = other;
        },
      };
    },
    clear: (child) => {
      prlimit(child, RLIMIT_LOCKS, usual, null);
    },
    of,
    isSure: (mark) => !words.subarray(FIRST_DOUBT).includes(mark),
  };
}
