import { randomUUID } from 'node:crypto';
import { alternate, type Pair } from './support/alternation.js';
import { type Benchmark, percentileRow, toReach } from './support/benchmark.js';
import { underBothConditions } from './support/conditions.js';
import { type Amount, type Timed, timeCalls } from './support/timed-calls.js';
import type { WireClient } from './support/wire-client.js';

const LINE = Buffer.from('what somebody types\n');

/** Times as fast. */
const GOALS = { shipped: 50, unstalled: 0.9 };

/** How long somebody waits who types into a program that answers at once. */
export const typedInput: Benchmark = {
  name: 'typed-input',
  question: 'a line to a running `cat`: process/write sent -> the line in process/output received',
  run(servers, effort) {
    const rounds = effort === 'quick' ? 1 : 7;
    const amount: Amount = effort === 'quick' ? { calls: 5, warmUp: 2 } : { calls: 50, warmUp: 10 };
    return underBothConditions(servers, rounds, async (clients, condition) => {
      await using ours = await startCat(clients.ours);
      await using rival = await startCat(clients.rival);
      const cats: Pair<Timed> = { ours, rival };
      const echoed = await alternate(cats, rounds, (cat) => timeCalls(cat, amount));
      return [toReach(GOALS[condition], percentileRow('echoed', echoed, 0.5)), percentileRow('echoed', echoed, 0.95)];
    });
  },
};

/** A program that is typed into, one line at a time; the answer to process/write is awaited as well, and not timed. */
async function startCat(client: WireClient): Promise<Timed & AsyncDisposable> {
  let [left, echoed] = [0, () => {}];
  let answer: Promise<unknown> | undefined;
  const output = ({ length }: Buffer) => {
    left -= length;
    if (left === 0) echoed();
  };
  const { processId, started, closed } = client.launch(['/usr/bin/cat'], { pipeStdin: true, output });
  await started;
  return {
    call: () =>
      new Promise<void>((resolve, reject) => {
        [left, echoed] = [LINE.length, resolve];
        const params = { processId, chunk: LINE.toString('base64'), writeId: randomUUID() };
        answer = client.request('process/write', params);
        answer.catch(reject);
      }),
    settle: async () => answer,
    async [Symbol.asyncDispose]() {
      await client.request('process/terminate', { processId });
      // By a signal: no exit code of 0.
      await closed.catch(() => {});
    },
  };
}
