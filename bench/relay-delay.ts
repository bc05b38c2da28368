import { runTrue } from './relay-one-shot.js';
import { alternate } from './support/alternation.js';
import { type ProgramBenchmark, percentileRow } from './support/benchmark.js';
import { startDelayProxy } from './support/delay-proxy.js';
import { connectHarnesses, startEnvironments } from './support/environments.js';
import { type Amount, timeCalls } from './support/timed-calls.js';

/** From a harness to the relay, and back. */
const ONE_WAY_MS = 40;
const ROUND_TRIP_MS = 2 * ONE_WAY_MS;

/** Whether a command costs more than one way there and back, where the way is long. */
export const relayDelay: ProgramBenchmark = {
  name: 'relay-delay',
  question: `the same, with ${ONE_WAY_MS} ms from our client to the relay and as many back`,
  async run(executors, effort) {
    const rounds = effort === 'quick' ? 1 : 5;
    const amount: Amount = effort === 'quick' ? { calls: 3, warmUp: 1 } : { calls: 25, warmUp: 5 };
    await using proxy = await startDelayProxy();
    await using environments = await startEnvironments(executors, proxy);
    // The executors' links lead through the proxy as well, but are at once where they go: they are there before it begins to delay.
    await connectHarnesses(environments).then((harnesses) => harnesses[Symbol.asyncDispose]());
    proxy.delayMs = ONE_WAY_MS;
    await using harnesses = await connectHarnesses(environments);
    const times = await alternate(harnesses, rounds, (client) => timeCalls({ call: () => runTrue(client) }, amount));
    return [
      {
        is: 'measured',
        condition: `through a relay, ${ROUND_TRIP_MS} ms there and back`,
        rounds,
        rows: [
          { ...percentileRow('closed', times, 0.5), goal: { of: 'ours', atMost: ROUND_TRIP_MS + 6 } },
          percentileRow('closed', times, 0.95),
        ],
      },
    ];
  },
};
