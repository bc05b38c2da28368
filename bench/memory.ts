import { alternate, ofEach } from './support/alternation.js';
import { type ProgramBenchmark, quantityRow, toReach } from './support/benchmark.js';
import { residentBytes } from './support/process-use.js';
import type { ExecutorProgram } from './support/programs.js';
import { startServer } from './support/server.js';
import { type Launched, WireClient } from './support/wire-client.js';

const KIB = 1024;
/** Well below the 400 requests in flight from which on the rival may stop answering. */
const AT_ONCE = 25;
const IDLE_ARGV = ['/usr/bin/sleep', '600'];
const ENDED_ARGV = ['/usr/bin/echo', 'what a short command prints'];

/** Times as little. */
const GOAL = 2;

/** What an executor keeps for each session and process. */
export const memory: ProgramBenchmark = {
  name: 'memory',
  question:
    "what the executor's own memory in RAM grows by, a piece: sessions that do nothing; processes that run and do nothing; " +
    'processes that have closed and can still be read. A new executor for each round, warmed up by as many of each',
  async run(executors, effort) {
    const rounds = effort === 'quick' ? 1 : 5;
    const count = effort === 'quick' ? 25 : 200;
    const grown = await alternate(executors, rounds, (executor) => grow(executor, count));
    const row = (figure: string, of: keyof Grown) =>
      quantityRow(
        figure,
        'KiB',
        ofEach(grown, (one) => one[of] / KIB),
      );
    return [
      {
        is: 'measured',
        condition: `${count} of each`,
        rounds,
        rows: [
          row('idle session', 'session'),
          toReach(GOAL, row('live idle process', 'live')),
          row('retained process', 'retained'),
        ],
      },
    ];
  },
};

/** Bytes a piece. */
interface Grown {
  readonly session: number;
  readonly retained: number;
  readonly live: number;
}

async function grow(executor: ExecutorProgram, count: number): Promise<Grown> {
  await using server = await startServer(executor);
  const clients = [await WireClient.connect(server)];
  const [client] = clients as [WireClient];
  const running: Launched[] = [];
  const growth = async (make: () => Promise<unknown>): Promise<number> => {
    // What an executor needs once, and what it has in reserve after that, is not a piece's.
    await many(count, make);
    const before = residentBytes(server.pid);
    await many(count, make);
    return Math.max(residentBytes(server.pid) - before, LEAST_BYTES) / count;
  };
  const grown = {
    session: await growth(async () => clients.push(await WireClient.connect(server))),
    retained: await growth(() => client.launch(ENDED_ARGV).closed),
    live: await growth(async () => {
      const launched = client.launch(IDLE_ARGV);
      running.push(launched);
      await launched.started;
    }),
  };
  await many(running.length, async () => {
    const { processId, closed } = running.pop()!;
    await client.request('process/terminate', { processId });
    // By a signal: no exit code of 0.
    await closed.catch(() => {});
  });
  await Promise.all(clients.map((one) => one[Symbol.asyncDispose]()));
  return grown;
}

/** A page: growth that cannot be seen counts as so much, all pieces together. */
const LEAST_BYTES = 4 * KIB;

async function many(count: number, make: () => Promise<unknown>): Promise<void> {
  let left = count;
  const maker = async () => {
    while (left-- > 0) await make();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, maker));
}
