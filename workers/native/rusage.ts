/** struct rusage of 64-bit Linux: two times of two words each, and fourteen words. */
import type { UsedByLeader } from '../spawner.js';

export const RUSAGE_WORDS = 18;
const USER = 0;
const SYSTEM = 2;
const MAXRSS_KIB = 4;

/**
 * A process begins with the peak of whoever called exec in it, and posix_spawn does that on the memory of this program. So a peak
 * says something of the child only where it is above our own; and the system counts our own by processors, a little late.
 */
const SLACK_BYTES = 4 * 1024 * 1024;

/** `ownPeakBytes`: the most that this program has had resident by now, if the leader began on its memory. */
export function usedByLeader(rusage: BigInt64Array, ownPeakBytes: number | undefined): UsedByLeader {
  const peak = Number(rusage[MAXRSS_KIB]) * 1024;
  return {
    userMs: milliseconds(rusage, USER),
    systemMs: milliseconds(rusage, SYSTEM),
    peakRssBytes: ownPeakBytes === undefined || peak > ownPeakBytes + SLACK_BYTES ? peak : undefined,
  };
}

/** A timeval: seconds and microseconds. */
const milliseconds = (words: BigInt64Array, at: number): number =>
  (Number(words[at]) * 1e6 + Number(words[at + 1])) / 1e3;
