import { alternate, type Pair } from './support/alternation.js';
import { type Benchmark, type Row, rateRow } from './support/benchmark.js';
import { CountingClient } from './support/counting-client.js';
import { duration } from './support/duration.js';
import { benchFile } from './support/files.js';
import type { Requester } from './support/requester.js';
import { WireClient } from './support/wire-client.js';

const FILE_BYTES = 8e6;
const FILES = 8;

const CLIENTS = { 'counting client': CountingClient, 'Node client': WireClient };

/** How fast a large file comes in one answer. */
export const readFile: Benchmark = {
  name: 'read-file',
  question: `fs/readFile of 8 MB, ${FILES} times one after the other: the first sent -> the answer to the last received`,
  async run(servers, effort) {
    const [rounds, files] = effort === 'quick' ? [1, 1] : [7, FILES];
    await using file = await benchFile(FILE_BYTES);
    const readAll = async (client: Requester) => {
      for (let read = 0; read < files; read++) await client.request('fs/readFile', { path: file.uri, sandbox: null });
    };
    const rows: Row[] = [];
    for (const [figure, Client] of Object.entries(CLIENTS)) {
      await using ours: Requester = await Client.connect(servers.ours);
      await using rival: Requester = await Client.connect(servers.rival);
      const clients: Pair<Requester> = { ours, rival };
      await alternate(clients, 1, readAll);
      const times = await alternate(clients, rounds, (client) => duration(() => readAll(client)));
      rows.push(rateRow(figure, 'MB/s', (files * FILE_BYTES) / 1e6, times));
    }
    return [{ is: 'measured', condition: 'as shipped', rounds, rows }];
  },
};
