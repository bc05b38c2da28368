import { type FileFault, faultOf } from './fault.js';
import type { Pair } from './tree.js';

/** A fault when the digests that are known are not all one. Undefined stands for an end that does not tell. */
export function differing({ from, to }: Pair, digests: readonly (string | undefined)[]): FileFault | undefined {
  const known = new Set(digests.filter((digest) => digest !== undefined));
  if (known.size <= 1) return undefined;
  return faultOf(from, `${to.shown} is not the same (SHA-256): damaged on the way, or changed meanwhile`);
}
