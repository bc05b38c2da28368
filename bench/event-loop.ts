import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { aloneRow, type OwnBenchmark } from './support/benchmark.js';
import { CountingClient } from './support/counting-client.js';
import type { LoopDelays } from './support/delay-monitor.js';
import { type Server, startServer } from './support/server.js';
import type { Samples } from './support/statistics.js';

const MONITOR = fileURLToPath(new URL('./support/delay-monitor.js', import.meta.url));
const STREAMS = 8;
/** Between two streams, of an executor that has nothing to do. */
const IDLE_MS = 500;

/** ms. */
const GOAL = 20;

/** Whether our executor still does everything else while output passes through it as fast as it can. */
export const eventLoop: OwnBenchmark = {
  name: 'event-loop',
  question:
    `our executor's main thread while ${STREAMS} processes stream as fast as they can, over a connection each: ` +
    'from one turn of a timer that is due every millisecond to its next',
  async run(executor, effort) {
    const rounds = effort === 'quick' ? 1 : 5;
    const bytes = effort === 'quick' ? 2e6 : 60e6;
    const argv = ['/usr/bin/head', '-c', `${bytes}`, '/dev/zero'];
    await using server = await startServer(
      { ...executor, args: ['--import', MONITOR, ...executor.args] },
      { ipc: true },
    );
    const clients = await Promise.all(Array.from({ length: STREAMS }, () => CountingClient.connect(server)));
    const stream = () => Promise.all(clients.map((client) => client.receive(argv)));
    const delaysOf = async (work: () => Promise<unknown>): Promise<LoopDelays> => {
      await loopDelays(server);
      await work();
      return await loopDelays(server);
    };
    const measured: { idle: LoopDelays; streaming: LoopDelays }[] = [];
    await stream();
    while (measured.length < rounds)
      measured.push({ idle: await delaysOf(() => delay(IDLE_MS)), streaming: await delaysOf(stream) });
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    const over = (of: (round: (typeof measured)[number]) => number) => measured.map(of) as unknown as Samples;
    return [
      {
        is: 'alone',
        condition: `${STREAMS} streams`,
        reason: "the rival's cannot be measured",
        rounds,
        rows: [
          aloneRow(
            'p50',
            'ms',
            over(({ streaming }) => streaming.p50),
          ),
          aloneRow(
            'p99',
            'ms',
            over(({ streaming }) => streaming.p99),
            GOAL,
          ),
          aloneRow(
            'most',
            'ms',
            over(({ streaming }) => streaming.most),
          ),
          aloneRow(
            'idle, p99',
            'ms',
            over(({ idle }) => idle.p99),
          ),
        ],
      },
    ];
  },
};

/** Since the last call. */
async function loopDelays({ child }: Server): Promise<LoopDelays> {
  const told = once(child, 'message');
  child.send('tell');
  const [delays] = (await told) as [LoopDelays];
  return delays;
}
