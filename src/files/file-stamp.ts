/** Whether a file has changed since it was read. */
import type { BigIntStats } from 'node:fs';
import type { FileStamp } from '../pool/file-calls.js';

type Stats = Pick<BigIntStats, 'size' | 'blocks' | 'mtimeNs' | 'ctimeNs'>;

/** The system's clock for files advances in steps, of 10 ms at most; a change within the step of the one before leaves no trace. */
const CLOCK_STEP_NS = 20_000_000n;
/** Some file systems keep whole seconds, or every second one. */
const COARSE_STEP_NS = 2_500_000_000n;
const SECOND_NS = 1_000_000_000n;

/**
 * The stamp of a file that is read after this. `nowMs` is the wall clock before `stats` were taken.
 * Files that the system makes up when they are read (/proc, /sys) change without any trace; they have no blocks.
 */
export function stampOf(stats: Stats, nowMs: number): FileStamp {
  const { size, blocks, mtimeNs, ctimeNs } = stats;
  const changedNs = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  const isCoarse = mtimeNs % SECOND_NS === 0n && ctimeNs % SECOND_NS === 0n;
  const ageNs = BigInt(Math.floor(nowMs)) * 1_000_000n - changedNs;
  const trusted = size > 0n && blocks > 0n && ageNs >= (isCoarse ? COARSE_STEP_NS : CLOCK_STEP_NS);
  return { size: Number(size), mtimeNs, ctimeNs, trusted };
}

/** What was read with this stamp is still what the file holds. False when that is not certain. */
export const isUnchanged = (stamp: FileStamp, stats: Stats): boolean =>
  stamp.trusted &&
  stats.size === BigInt(stamp.size) &&
  stats.mtimeNs === stamp.mtimeNs &&
  stats.ctimeNs === stamp.ctimeNs;
