import { alternate } from './support/alternation.js';
import { type Benchmark, percentileRow, toReach } from './support/benchmark.js';
import { underBothConditions } from './support/conditions.js';
import { type Amount, timeCalls } from './support/timed-calls.js';

const ARGV = ['/usr/bin/true'];

/** Times as fast. */
const GOALS = { shipped: { p50: 20, p95: undefined }, unstalled: { p50: 3, p95: 2.4 } };

/** How long a caller waits for the shortest command there is. */
export const oneShot: Benchmark = {
  name: 'one-shot',
  question: '/usr/bin/true, no terminal: process/start sent -> process/closed received, and -> its reply received',
  run(servers, effort) {
    const rounds = effort === 'quick' ? 1 : 7;
    const amount: Amount = effort === 'quick' ? { calls: 5, warmUp: 2 } : { calls: 25, warmUp: 5 };
    return underBothConditions(servers, rounds, async (clients, condition) => {
      const closed = await alternate(clients, rounds, (client) =>
        timeCalls({ call: () => client.launch(ARGV).closed }, amount),
      );
      const started = await alternate(clients, rounds, (client) => {
        let closing: Promise<void> | undefined;
        return timeCalls(
          {
            call: () => {
              const launched = client.launch(ARGV);
              closing = launched.closed;
              return launched.started;
            },
            settle: async () => closing,
          },
          amount,
        );
      });
      return [
        toReach(GOALS[condition].p50, percentileRow('closed', closed, 0.5)),
        toReach(GOALS[condition].p95, percentileRow('closed', closed, 0.95)),
        percentileRow('reply', started, 0.5),
      ];
    });
  },
};
