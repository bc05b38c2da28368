/** Chance that can be repeated: the same seed gives the same numbers. Returns whole numbers from 0 to below `bound`. Source: mulberry32. */
export function randomIntegers(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** A new seed for each run, to be logged, so that a failure can be repeated with FARHAND_TEST_SEED. */
export const freshSeed = (): number => Number(process.env.FARHAND_TEST_SEED ?? Date.now() % 2 ** 31);
