import { alternate, compare } from './support/alternation.js';
import { type Benchmark, type Row, toReach } from './support/benchmark.js';
import { underBothConditions } from './support/conditions.js';
import { median } from './support/statistics.js';
import { type Amount, timeCalls } from './support/timed-calls.js';
import type { WireClient } from './support/wire-client.js';

const ARGV = ['/usr/bin/true'];
/** Well below the 400 requests in flight from which on the rival may stop answering. */
const STARTS = 200;
/** A burst is long enough to stand for a block of calls by itself. */
const ONE_BURST: Amount = { calls: 1, warmUp: 0 };

/** Times as fast. */
const GOALS = { shipped: 5, unstalled: undefined };

/** How many commands come through when many are asked for at the same time. */
export const burst: Benchmark = {
  name: 'burst',
  question: `${STARTS} process/start of /usr/bin/true sent at once -> the last process/closed received`,
  run(servers, effort) {
    const rounds = effort === 'quick' ? 1 : 5;
    return underBothConditions(servers, rounds, async (clients, condition) => {
      const all = await alternate(clients, rounds, (client) => timeCalls({ call: () => fireAll(client) }, ONE_BURST));
      const time: Row = { figure: 'all closed', unit: 'ms', ...compare(all, median) };
      return [
        toReach(GOALS[condition], time),
        { ...time, figure: 'rate', unit: 'starts/s', ours: rate(time.ours), rival: rate(time.rival) },
      ];
    });
  },
};

const fireAll = (client: WireClient): Promise<unknown> =>
  Promise.all(Array.from({ length: STARTS }, () => client.launch(ARGV).closed));

const rate = (ms: number): number => (STARTS * 1000) / ms;
