import { alternate, compare } from './support/alternation.js';
import type { Benchmark, Row } from './support/benchmark.js';
import { underBothConditions } from './support/conditions.js';
import { median } from './support/statistics.js';
import { type Amount, timeCalls } from './support/timed-calls.js';

const ARGV = ['/usr/bin/true'];
/** Well below the 400 requests in flight from which on the rival may stop answering. */
const STARTS = 200;
/** A burst is long enough to stand for a block, and its own beginning is all the warm-up a real one gets. */
const ONE_BURST: Amount = { calls: 1, warmUp: 0 };

/** How many commands come through when many are asked for at the same time. */
export const burst: Benchmark = {
  name: 'burst',
  question: `${STARTS} process/start of /usr/bin/true sent at once -> the last process/closed received`,
  run(servers, effort) {
    const rounds = effort === 'quick' ? 1 : 7;
    const amount: Amount = effort === 'quick' ? { calls: 1, warmUp: 0 } : { calls: 3, warmUp: 1 };
    return underBothConditions(servers, rounds, async (clients) => {
      const all = await alternate(clients, rounds, (client) =>
        timeCalls(
          { call: () => Promise.all(Array.from({ length: STARTS }, () => client.launch(ARGV).closed)) },
          amount,
        ),
      );
      const time: Row = { figure: 'all closed', unit: 'ms', ...compare(all, median) };
      return [time, { ...time, figure: 'rate', unit: 'starts/s', ours: rate(time.ours), rival: rate(time.rival) }];
    });
  },
};

const rate = (ms: number): number => (STARTS * 1000) / ms;
