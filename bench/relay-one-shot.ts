import type { Client } from '#src/index.js';
import { alternate } from './support/alternation.js';
import { type ProgramBenchmark, percentileRow } from './support/benchmark.js';
import { connectHarnesses, startEnvironments } from './support/environments.js';
import { type Amount, timeCalls } from './support/timed-calls.js';

/** How long a caller waits for the shortest command there is, where everything goes through a relay. */
export const relayOneShot: ProgramBenchmark = {
  name: 'relay-one-shot',
  question: '/usr/bin/true through a relay, by our client: run called -> its result',
  async run(executors, effort) {
    const rounds = effort === 'quick' ? 1 : 9;
    const amount: Amount = effort === 'quick' ? { calls: 5, warmUp: 2 } : { calls: 50, warmUp: 10 };
    await using environments = await startEnvironments(executors);
    await using harnesses = await connectHarnesses(environments);
    const times = await alternate(harnesses, rounds, (client) => timeCalls({ call: () => runTrue(client) }, amount));
    return [
      {
        is: 'measured',
        condition: 'through a relay',
        rounds,
        rows: [
          { ...percentileRow('closed', times, 0.5), goal: { of: 'ratio', atLeast: 2.6 } },
          percentileRow('closed', times, 0.95),
        ],
      },
    ];
  },
};

/** `processId`: a new one, for who wants to ask for it by name. Errors: another exit code than 0. */
export async function runTrue(client: Client, processId?: string): Promise<void> {
  const { exitCode } = await client.run(['/usr/bin/true'], { cwd: '/', envPolicy: null, processId });
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}`);
}
