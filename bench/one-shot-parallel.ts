import { alternate } from './support/alternation.js';
import { type Benchmark, percentileRow } from './support/benchmark.js';
import { underBothConditions } from './support/conditions.js';
import { type Amount, timeCalls } from './support/timed-calls.js';

const ARGV = ['/usr/bin/true'];
const AT_ONCE = 8;

/** How long each of several callers waits who share a connection. */
export const oneShotParallel: Benchmark = {
  name: 'one-shot-parallel',
  question: `/usr/bin/true, ${AT_ONCE} at any time: process/start sent -> process/closed received`,
  run(servers, effort) {
    const rounds = effort === 'quick' ? 1 : 7;
    const some = effort === 'quick' ? { calls: 16, warmUp: 8 } : { calls: 160, warmUp: 40 };
    const amount: Amount = { ...some, atOnce: AT_ONCE };
    return underBothConditions(servers, rounds, async (clients) => {
      const closed = await alternate(clients, rounds, (client) =>
        timeCalls({ call: () => client.launch(ARGV).closed }, amount),
      );
      return [percentileRow('closed', closed, 0.5), percentileRow('closed', closed, 0.95)];
    });
  },
};
