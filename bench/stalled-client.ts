import { setTimeout as delay } from 'node:timers/promises';
import { alternate } from './support/alternation.js';
import { type ProgramBenchmark, quantityRow } from './support/benchmark.js';
import { CountingClient } from './support/counting-client.js';
import { residentBytes } from './support/process-use.js';
import type { ExecutorProgram } from './support/programs.js';
import { type Server, startServer } from './support/server.js';

const STREAMS = 8;
const ARGV = ['/usr/bin/head', '-c', '1000000000', '/dev/zero'];
const MIB = 1024 * 1024;
/** Memory that has not grown by more than `STILL_BYTES` for so long will not grow any more. */
const STILL_MS = 500;
const QUICK_STILL_MS = 50;
const STILL_BYTES = MIB / 4;

/** A process, MiB: what can be read later, twice as much as 1 MiB at most since nothing in it is cut, and what is on its way. */
const GOAL = 3;

/** Whether a client that does not read can take up an executor's memory. */
export const stalledClient: ProgramBenchmark = {
  name: 'stalled-client',
  question:
    `the memory that an executor takes up for each of ${STREAMS} more processes that write 1 GB as fast as they can to clients that ` +
    'do not read, when it grows no more',
  async run(executors, effort) {
    const [rounds, stillMs] = effort === 'quick' ? [1, QUICK_STILL_MS] : [3, STILL_MS];
    const grown = await alternate(executors, rounds, (executor) => grow(executor, stillMs));
    const row = quantityRow('a process', 'MiB', grown);
    return [
      { is: 'measured', condition: 'as shipped', rounds, rows: [{ ...row, goal: { of: 'ours', atMost: GOAL } }] },
    ];
  },
};

/** By how much more memory twice as many take up: what an executor needs once is not any process's. */
async function grow(executor: ExecutorProgram, stillMs: number): Promise<number> {
  await using server = await startServer(executor);
  const first = await stallAll(server, stillMs);
  const before = residentBytes(server.pid);
  const more = await stallAll(server, stillMs);
  const grown = residentBytes(server.pid) - before;
  await first.end();
  await more.end();
  return Math.max(grown, LEAST_BYTES) / STREAMS / MIB;
}

/** A page: growth that cannot be seen counts as so much, all processes together. */
const LEAST_BYTES = 4096;

/** Resolves when what they have sent takes up no more memory. */
async function stallAll(server: Server, stillMs: number): Promise<{ end(): Promise<void> }> {
  const clients = await Promise.all(Array.from({ length: STREAMS }, () => CountingClient.connect(server)));
  // They end with their connections.
  const received = Promise.allSettled(clients.map((client) => client.receive(ARGV)));
  for (const client of clients) client.stall();
  let [last, growing] = [residentBytes(server.pid), true];
  while (growing) {
    await delay(stillMs);
    const now = residentBytes(server.pid);
    growing = now - last > STILL_BYTES;
    last = now;
  }
  return {
    async end() {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
      await received;
    },
  };
}
