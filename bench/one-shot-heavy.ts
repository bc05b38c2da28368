import { fileURLToPath } from 'node:url';
import { alternate } from './support/alternation.js';
import { type ProgramBenchmark, percentileRow, toReach } from './support/benchmark.js';
import { underBothConditions } from './support/conditions.js';
import { startContenders } from './support/contenders.js';
import { type Amount, timeCalls } from './support/timed-calls.js';

const ARGV = ['/usr/bin/true'];
const BALLAST = fileURLToPath(new URL('./support/ballast.js', import.meta.url));

/** Times as fast. */
const GOALS = { shipped: undefined, unstalled: 2.5 };

/** What it costs to start a command from a large process, as an executor is that many use: a fork copies its page tables. */
export const oneShotHeavy: ProgramBenchmark = {
  name: 'one-shot-heavy',
  question:
    '/usr/bin/true, where our executor holds 200 MiB more memory, and the rival does not: ' +
    'process/start sent -> process/closed received',
  async run({ ours, rival }, effort) {
    const rounds = effort === 'quick' ? 1 : 7;
    const amount: Amount = effort === 'quick' ? { calls: 5, warmUp: 2 } : { calls: 25, warmUp: 5 };
    const heavy = { ...ours, args: ['--import', BALLAST, ...ours.args] };
    await using servers = await startContenders({ ours: heavy, rival });
    return await underBothConditions(servers, rounds, async (clients, condition) => {
      const closed = await alternate(clients, rounds, (client) =>
        timeCalls({ call: () => client.launch(ARGV).closed }, amount),
      );
      return [toReach(GOALS[condition], percentileRow('closed', closed, 0.5)), percentileRow('closed', closed, 0.95)];
    });
  },
};
