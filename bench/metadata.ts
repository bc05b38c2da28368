import { alternate, type Pair } from './support/alternation.js';
import { aloneRow, type Benchmark, type Row, rateRow, toReach } from './support/benchmark.js';
import { CountingClient } from './support/counting-client.js';
import { duration } from './support/duration.js';
import { benchFile } from './support/files.js';
import type { Samples } from './support/statistics.js';
import { timeCalls } from './support/timed-calls.js';

/** Well below the 400 requests in flight from which on the rival may stop answering. */
const MANY_IN_FLIGHT = 250;
const FLOOD = 5_000;

/** Times as fast. */
const GOALS = { inARow: 1.2, together: 3 };

/** How many small questions about files are answered, as an agent asks dozens of them before its first command. */
export const metadata: Benchmark = {
  name: 'metadata',
  question: 'fs/getMetadata of a file: the first sent -> the answer to the last received',
  async run(servers, effort) {
    const rounds = effort === 'quick' ? 1 : 9;
    const calls = effort === 'quick' ? 250 : 2_000;
    await using file = await benchFile(1);
    const ask = (client: CountingClient) => client.request('fs/getMetadata', { path: file.uri, sandbox: null });

    const inARow = async (client: CountingClient) => {
      for (let made = 0; made < calls; made++) await ask(client);
    };
    const together = async (client: CountingClient, inFlight: number, total: number) => {
      let left = total;
      const asker = async () => {
        while (left-- > 0) await ask(client);
      };
      await Promise.all(Array.from({ length: inFlight }, asker));
    };

    await using ours = await CountingClient.connect(servers.ours);
    await using rival = await CountingClient.connect(servers.rival);
    const clients: Pair<CountingClient> = { ours, rival };
    const measure = async (figure: string, work: (client: CountingClient) => Promise<void>): Promise<Row> => {
      await alternate(clients, 1, work);
      const times = await alternate(clients, rounds, (client) => duration(() => work(client)));
      return rateRow(figure, 'calls/s', calls, times);
    };
    const rows = [
      toReach(GOALS.inARow, await measure('one after the other', inARow)),
      toReach(
        GOALS.together,
        await measure(`${MANY_IN_FLIGHT} in flight`, (client) => together(client, MANY_IN_FLIGHT, calls)),
      ),
    ];
    const flood = await timeCalls({ call: () => together(ours, FLOOD, FLOOD) }, { calls: rounds, warmUp: 1 });
    const rates = flood.map((ms) => (FLOOD * 1000) / ms) as unknown as Samples;
    return [
      { is: 'measured', condition: 'as shipped', rounds, rows },
      {
        is: 'alone',
        condition: `${FLOOD} sent at once`,
        reason: 'the rival stops answering from about 400 in flight on',
        rounds,
        rows: [aloneRow('rate', 'calls/s', rates)],
      },
    ];
  },
};
