import type { Client } from '#src/index.js';
import { alternate } from './support/alternation.js';
import { type ProgramBenchmark, rateRow } from './support/benchmark.js';
import { duration } from './support/duration.js';
import { connectHarnesses, startEnvironments } from './support/environments.js';

/** Rounds before the first that counts. */
const WARM_UP = 3;

/** How fast a flood of output comes through a relay: encrypted, forwarded, decrypted. */
export const relayOutput: ProgramBenchmark = {
  name: 'relay-output',
  question: 'output of `head -c` from /dev/zero through a relay, by our client: start called -> all of it read',
  async run(executors, effort) {
    const rounds = effort === 'quick' ? 1 : 9;
    const bytes = effort === 'quick' ? 5e6 : 200e6;
    await using environments = await startEnvironments(executors);
    await using harnesses = await connectHarnesses(environments);
    const read = (client: Client) => duration(() => readOutput(client, bytes));
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
async function readOutput(client: Client, wanted: number): Promise<void> {
  const argv = ['/usr/bin/head', '-c', `${wanted}`, '/dev/zero'];
  const process = await client.start(argv, { cwd: '/', envPolicy: null, whenBehind: 'wait' });
  let came = 0;
  for await (const event of process.events) if (event.type === 'output') came += event.bytes.length;
  if (came !== wanted) throw new Error(`${came} bytes of ${wanted}`);
}
