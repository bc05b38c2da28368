/**
 * Loaded into an executor by `--import`: measures the delays of its event loop, and tells whoever holds the other end of its IPC
 * channel what they were since it was asked the last time. Nothing of it is in the executor itself.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** From one turn of a timer that is due every millisecond to its next; ms. */
export interface LoopDelays {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

// What is loaded so is loaded by each thread.
if (isMainThread && process.send !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  const ms = (nanoseconds: number) => nanoseconds / 1e6;
  process.on('message', () => {
    const told: LoopDelays = { p50: ms(delays.percentile(50)), p99: ms(delays.percentile(99)), most: ms(delays.max) };
    delays.reset();
    process.send!(told);
  });
  // Nobody is kept alive by being measured.
  process.channel!.unref();
  delays.enable();
}
