import { type Benchmark, quantityRow, type Row, rateRow, toReach } from './support/benchmark.js';
import { part, RECEIVER_NAMES, streamInTurn } from './support/streaming.js';

/** Times as fast, and times as little CPU. */
const GOALS = { 'Node client': { rate: 1.3 }, 'counting client': { rate: 2.5 }, cpu: 2 };

const MIB = 1024 * 1024;

/** How fast a flood of output comes, and what it costs the executor. */
export const output: Benchmark = {
  name: 'output',
  question:
    "output of `head -c` from /dev/zero: process/start sent -> all of it and process/closed received; the executor's CPU time, " +
    'without its children, and the most memory that it had meanwhile',
  async run(servers, effort) {
    const rounds = effort === 'quick' ? 1 : 7;
    const bytes = effort === 'quick' ? 5e6 : 200e6;
    const flood = { argv: ['/usr/bin/head', '-c', `${bytes}`, '/dev/zero'], bytes };
    const rows: Row[] = [];
    for (const name of RECEIVER_NAMES) {
      const streamed = await streamInTurn(servers, name, flood, { rounds, effort });
      const ms = part(streamed, (one) => one.ms);
      const cpu = part(streamed, (one) => (one.cpuSeconds * 1e9) / bytes);
      const peak = part(streamed, (one) => one.peakBytes / MIB);
      rows.push(
        toReach(GOALS[name].rate, rateRow(`${name}, ${bytes / 1e6} MB`, 'MB/s', bytes / 1e6, ms)),
        toReach(GOALS.cpu, quantityRow(`${name}, CPU`, 's/GB', cpu)),
        quantityRow(`${name}, most memory`, 'MiB', peak),
      );
    }
    return [{ is: 'measured', condition: 'as shipped', rounds, rows }];
  },
};
