import { alternate, ofEach } from './support/alternation.js';
import { type ProgramBenchmark, quantityRow, toReach } from './support/benchmark.js';
import { residentBytes } from './support/process-use.js';
import type { ExecutorProgram } from './support/programs.js';
import { type Server, startServer } from './support/server.js';
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
    'processes that have closed and can still be read. A new executor for each, warmed up by as many',
  async run(executors, effort) {
    const rounds = effort === 'quick' ? 1 : 5;
    const count = effort === 'quick' ? 10 : 200;
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
  const of = (kind: (server: Server) => Promise<Kind>) => growth(executor, count, kind);
  return { session: await of(sessions), retained: await of(retainedProcesses), live: await of(liveProcesses) };
}

/** What an executor is to have many of. */
interface Kind {
  make(): Promise<unknown>;
  /** Ends all that have been made. */
  end(): Promise<unknown>;
}

/** Bytes a piece. The executor is a new one: what another kind has left in reserve would hide what this one takes. */
async function growth(
  executor: ExecutorProgram,
  count: number,
  kind: (server: Server) => Promise<Kind>,
): Promise<number> {
  await using server = await startServer(executor);
  const { make, end } = await kind(server);
  // What an executor needs once is no piece's.
  await many(count, make);
  const before = residentBytes(server.pid);
  await many(count, make);
  const grown = residentBytes(server.pid) - before;
  await end();
  return Math.max(grown, LEAST_BYTES) / count;
}

async function sessions(server: Server): Promise<Kind> {
  const clients: WireClient[] = [];
  return {
    make: async () => clients.push(await WireClient.connect(server)),
    end: () => Promise.all(clients.map((client) => client[Symbol.asyncDispose]())),
  };
}

async function retainedProcesses(server: Server): Promise<Kind> {
  const client = await WireClient.connect(server);
  return { make: () => client.launch(ENDED_ARGV).closed, end: () => client[Symbol.asyncDispose]() };
}

async function liveProcesses(server: Server): Promise<Kind> {
  const client = await WireClient.connect(server);
  const running: Launched[] = [];
  return {
    make: async () => {
      const launched = client.launch(IDLE_ARGV);
      running.push(launched);
      await launched.started;
    },
    end: async () => {
      await many(running.length, async () => {
        const { processId, closed } = running.pop()!;
        await client.request('process/terminate', { processId });
        // By a signal: no exit code of 0.
        await closed.catch(() => {});
      });
      await client[Symbol.asyncDispose]();
    },
  };
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
