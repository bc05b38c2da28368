import { fileURLToPath } from 'node:url';
import type { Client } from '#src/index.js';
import { alternate } from './support/alternation.js';
import { type ProgramBenchmark, rateRow } from './support/benchmark.js';
import { duration } from './support/duration.js';
import { connectHarnesses, startEnvironments } from './support/environments.js';
import { benchFile } from './support/files.js';

/** Rounds before the first that counts. */
const WARM_UP = 3;

/** How fast a file comes block by block through a relay. */
export const relayBlocks: ProgramBenchmark = {
  name: 'relay-blocks',
  question: 'a file in blocks of 1 MiB through a relay, by our client: openRead called -> its end read',
  async run(executors, effort) {
    const rounds = effort === 'quick' ? 1 : 9;
    const bytes = effort === 'quick' ? 10e6 : 100e6;
    await using file = await benchFile(bytes);
    const path = fileURLToPath(file.uri);
    await using environments = await startEnvironments(executors);
    await using harnesses = await connectHarnesses(environments);
    const read = (client: Client) => duration(() => readWhole(client, path, bytes));
    await alternate(harnesses, effort === 'quick' ? 1 : WARM_UP, read);
    const times = await alternate(harnesses, rounds, read);
    const row = rateRow(`${bytes / 1e6} MB`, 'MB/s', bytes / 1e6, times);
    return [
      {
        is: 'measured',
        condition: 'through a relay',
        rounds,
        rows: [{ ...row, goal: { of: 'ratio', atLeast: 1.2 } }],
      },
    ];
  },
};

/** Errors: another number of bytes. */
async function readWhole(client: Client, path: string, wanted: number): Promise<void> {
  await using file = await client.files.openRead(path);
  let came = 0;
  for await (const block of file) came += block.length;
  if (came !== wanted) throw new Error(`${came} bytes of ${wanted}`);
}
