import type { Fate, Passage } from './proxied-link.js';

/** What happens to frames, each in so many of a hundred. */
export interface Weather {
  readonly lost?: number;
  readonly twice?: number;
  /** It comes up to `latestMs` later than it could, and is overtaken. */
  readonly late?: number;
  readonly latestMs?: number;
  /** Some of its bits are others. */
  readonly damaged?: number;
  readonly shortened?: number;
}

const DAMAGED_BITS = 3;

/** `below`: whole numbers from 0 on, by chance. */
export function weather(
  { lost = 0, twice = 0, late = 0, latestMs = 20, damaged = 0, shortened = 0 }: Weather,
  below: (bound: number) => number,
): Fate {
  const happens = (percent: number) => below(100) < percent;
  const passage = (frame: Uint8Array): Passage => ({ frame, delayMs: happens(late) ? 1 + below(latestMs) : 0 });
  return (frame) => {
    if (happens(lost)) return [];
    let passed: Uint8Array = frame;
    if (happens(damaged)) passed = damagedCopy(passed, below);
    if (happens(shortened)) passed = passed.subarray(0, below(passed.length));
    return happens(twice) ? [passage(passed), passage(passed)] : [passage(passed)];
  };
}

function damagedCopy(frame: Uint8Array, below: (bound: number) => number): Uint8Array {
  const copy = Uint8Array.from(frame);
  for (let bits = 1 + below(DAMAGED_BITS); bits > 0; bits -= 1) {
    const bit = below(8 * copy.length);
    copy[bit >> 3]! ^= 1 << (bit & 7);
  }
  return copy;
}
