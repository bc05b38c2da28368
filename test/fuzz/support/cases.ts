/**
 * Runs many cases of one layer, each with a seed of its own, so that one that fails can be repeated alone.
 *
 *   FARHAND_FUZZ_SEED   the seed of the first case; the next ones count on from it. Without it: another one in each run.
 *   FARHAND_FUZZ_CASES  cases of all layers together, 400,000 without it. The long mode is
 *                       FARHAND_FUZZ_CASES=2000000 npx ava 'build/test/fuzz/*.test.js'
 *
 * What fails names its seed: FARHAND_FUZZ_SEED=THAT FARHAND_FUZZ_CASES=1 repeats that case in each layer.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import { randomIntegers } from '#test/support/random.js';
import { Chance } from './chance.js';

const CI_CASES = 400_000;
const ALL_CASES = Number(process.env.FARHAND_FUZZ_CASES ?? CI_CASES);
const FIRST_SEED = Number(process.env.FARHAND_FUZZ_SEED ?? Date.now() % 2 ** 31);
const TURN_CASES = 250;
/** A test may take so long; in the long mode more. */
const PATIENCE_MS = Math.max(600_000, ALL_CASES);

/** So many of this layer's cases are run, where all layers have `ofAll` in CI. At least one. */
export const casesOf = (inCi: number): number => Math.max(1, Math.round((inCi * ALL_CASES) / CI_CASES));

/** The seed of the case with this number. */
export const seedOf = (number: number): number => (FIRST_SEED + number) % 2 ** 31;

/** How to repeat a case. */
export const repeatText = (seed: number): string => `FARHAND_FUZZ_SEED=${seed} FARHAND_FUZZ_CASES=1 repeats it`;

/**
 * Runs a layer's share of cases. A case fails by throwing. One that does not end ends the program, with its seed on standard error,
 * since nothing else can be done about a loop.
 */
export async function fuzz(
  t: ExecutionContext,
  inCi: number,
  run: (chance: Chance) => void | Promise<void>,
): Promise<void> {
  t.timeout(PATIENCE_MS);
  const count = casesOf(inCi);
  using watchdog = watch(t.title);
  for (let number = 0; number < count; number += 1) {
    const seed = seedOf(number);
    Atomics.store(watchdog.seed, 0, seed);
    try {
      await run(new Chance(randomIntegers(seed)));
    } catch (error) {
      t.fail(`${repeatText(seed)}: ${(error as Error).stack}`);
      return;
    }
    if (number % TURN_CASES === 0) await turn();
  }
  t.log(`${count} cases from seed ${FIRST_SEED}`);
  t.pass();
}

/** Ends the program when the seed stays the same for a minute. */
function watch(title: string): Disposable & { readonly seed: Int32Array } {
  const seed = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(new URL('./watchdog.js', import.meta.url), { workerData: { seed, title } });
  worker.unref();
  return { seed, [Symbol.dispose]: () => void worker.terminate() };
}
