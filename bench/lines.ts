import { type Benchmark, quantityRow, type Row, rateRow, toReach } from './support/benchmark.js';
import { part, RECEIVER_NAMES, streamInTurn } from './support/streaming.js';

const LINE = `${'0123456789'.repeat(2).slice(1)}\n`;

/** Times as fast. */
const GOAL = 1.5;

/** How fast the output of a program comes that writes every line by itself, as what logs does. */
export const lines: Benchmark = {
  name: 'lines',
  question: `lines of ${LINE.length} bytes, each a write(2) of its own: process/start sent -> all of them and process/closed received`,
  async run(servers, effort) {
    const rounds = effort === 'quick' ? 1 : 5;
    const count = effort === 'quick' ? 10_000 : 1_000_000;
    const flood = { argv: [process.execPath, '-e', writing(count)], bytes: count * LINE.length };
    const rows: Row[] = [];
    for (const name of RECEIVER_NAMES) {
      const streamed = await streamInTurn(servers, name, flood, { rounds, effort });
      const ms = part(streamed, (one) => one.ms);
      const cpu = part(streamed, (one) => one.cpuSeconds);
      rows.push(toReach(GOAL, rateRow(name, 'lines/s', count, ms)), quantityRow(`${name}, CPU`, 's', cpu));
    }
    return [{ is: 'measured', condition: `${count} lines, as shipped`, rounds, rows }];
  },
};

/** A pipe takes each line at once, or lets the program wait. */
const writing = (count: number): string =>
  `const line = Buffer.from(${JSON.stringify(LINE)}); for (let n = 0; n < ${count}; n++) fs.writeSync(1, line)`;
