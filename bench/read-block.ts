import { alternate, type Pair } from './support/alternation.js';
import { type Benchmark, type Row, rateRow, toReach } from './support/benchmark.js';
import { CountingClient } from './support/counting-client.js';
import { duration } from './support/duration.js';
import { benchFile } from './support/files.js';
import type { Requester } from './support/requester.js';
import type { Server } from './support/server.js';
import { WireClient } from './support/wire-client.js';

const MIB = 1024 * 1024;
const BLOCK = MIB;
const BLOCKS = 64;
const QUICK_BLOCKS = 8;

/** `goals`: times as fast, by depth. */
const CLIENTS = [
  {
    client: 'counting client',
    goals: { 1: 2.6, 4: 3 },
    connect: (server: Server) => CountingClient.connect(server),
  },
  { client: 'Node client', goals: { 1: 1.4, 4: 1.05 }, connect: (server: Server) => WireClient.connect(server) },
] as const;
/** Rounds before the first that counts: a server lives long, and its code becomes quick only as it is used. */
const WARM_UP = 30;
/** Blocks asked for at the same time. */
const DEPTHS = [1, 4] as const;

/** How fast a file comes block by block. */
export const readBlock: Benchmark = {
  name: 'read-block',
  question: `a file of ${BLOCKS} MiB in blocks of 1 MiB: fs/open sent -> answer to fs/close received`,
  async run(servers, effort) {
    const rounds = effort === 'quick' ? 1 : 7;
    const blocks = effort === 'quick' ? QUICK_BLOCKS : BLOCKS;
    await using file = await benchFile(blocks * BLOCK);
    const rows: Row[] = [];
    for (const { client, goals, connect } of CLIENTS) {
      for (const depth of DEPTHS)
        rows.push(toReach(goals[depth], await measure(`${client}, depth ${depth}`, depth, connect)));
    }
    return [{ is: 'measured', condition: 'as shipped', rounds, rows }];

    async function measure(figure: string, depth: number, connect: (server: Server) => Promise<Requester>) {
      await using ours = await connect(servers.ours);
      await using rival = await connect(servers.rival);
      const clients: Pair<Requester> = { ours, rival };
      await alternate(clients, effort === 'quick' ? 1 : WARM_UP, (one) =>
        readAll(one, { path: file.uri, blocks, depth }),
      );
      const times = await alternate(clients, rounds, (one) =>
        duration(() => readAll(one, { path: file.uri, blocks, depth })),
      );
      return rateRow(figure, 'MB/s', (blocks * BLOCK) / 1e6, times);
    }
  },
};

interface Reading {
  /** URI of a file of so many blocks. */
  readonly path: string;
  readonly blocks: number;
  readonly depth: number;
}

async function readAll(client: Requester, { path, blocks, depth }: Reading): Promise<void> {
  const handleId = 'bench';
  await client.request('fs/open', { handleId, path, sandbox: null });
  let next = 0;
  const reader = async () => {
    while (next < blocks) await client.request('fs/readBlock', { handleId, offset: next++ * BLOCK, len: BLOCK });
  };
  await Promise.all(Array.from({ length: depth }, reader));
  await client.request('fs/close', { handleId });
}
