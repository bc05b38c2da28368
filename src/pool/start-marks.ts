/**
 * What the threads of this program share about the marks of what they start (workers/descendants/marks.ts): words of 64 bits.
 *
 *   soft limit, hard limit     of file locks, as this program was started
 *   doubts                     how many marks are in doubt; beyond DOUBTS_KEPT the oldest are written over
 *   mark, mark, ...            these
 */
import { readFileSync } from 'node:fs';
import { orUndefined } from '../protocol/or-undefined.js';

export const SOFT_LIMIT = 0;
export const HARD_LIMIT = 1;
export const DOUBTS = 2;
export const FIRST_DOUBT = 3;
/** A doubt takes two starts within microseconds, of which one begins and ends another program in the next ones. */
export const DOUBTS_KEPT = 1021;

const UNLIMITED = 2n ** 64n - 1n;

/** All zero where the system does not tell its limits: nothing is marked then. */
export function createStartMarks(): SharedArrayBuffer {
  const shared = new SharedArrayBuffer((FIRST_DOUBT + DOUBTS_KEPT) * BigInt64Array.BYTES_PER_ELEMENT);
  const limits = orUndefined(() => readFileSync('/proc/self/limits', 'latin1')) ?? '';
  const [, soft, hard] = /^Max file locks +(\S+) +(\S+)/m.exec(limits) ?? [];
  if (soft !== undefined && hard !== undefined) new BigUint64Array(shared).set([limit(soft), limit(hard)]);
  return shared;
}

const limit = (text: string): bigint => (text === 'unlimited' ? UNLIMITED : BigInt(text));
