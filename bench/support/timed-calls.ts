import { Bench } from 'tinybench';
import type { Samples } from './statistics.js';

/** Something that is timed from the call to the end of its promise. */
export interface Timed {
  call(): Promise<unknown>;
  /** What must have ended before the next call, and is not timed. */
  settle?(): Promise<unknown>;
}

export interface Amount {
  /** Calls that are timed, at least one. */
  readonly calls: number;
  /** Calls before them that are not. */
  readonly warmUp: number;
  /** So many calls are under way at any time; one after another where it is not said. `settle` is not awaited between them. */
  readonly atOnce?: number;
}

/** Lets tinybench make and time the calls. Errors: that of the first call that fails. */
export async function timeCalls({ call, settle }: Timed, { calls, warmUp, atOnce }: Amount): Promise<Samples> {
  const bench = new Bench({
    // Counts alone decide: no budget of time on top of them.
    iterations: calls,
    time: 0,
    warmup: warmUp > 0,
    warmupIterations: warmUp,
    warmupTime: 0,
    retainSamples: true,
    throws: true,
    timestampProvider: 'hrtimeNow',
    ...(atOnce !== undefined && { concurrency: 'task', threshold: atOnce }),
  });
  bench.add('call', call, { async: true, ...(settle && { afterEach: async () => void (await settle()) }) });
  const [task] = await bench.run();
  const result = task?.result;
  if (result?.state !== 'completed') throw new Error(`the calls ended as "${result?.state}"`);
  return result.latency.samples!;
}
