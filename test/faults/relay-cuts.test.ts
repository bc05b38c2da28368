/** Links to a relay are cut at random moments while a lot is under way: clients come back by themselves, and nothing is missing. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { freshSeed, randomIntegers } from '#test/support/random.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { Chatter } from './support/chatter.js';
import { Cutter } from './support/cutter.js';
import { readThroughCuts, writeThroughCuts } from './support/file-traffic.js';
import { RelayWorld } from './support/relay-world.js';
import { Talk } from './support/talk.js';

const MIB = 1 << 20;
/** Of input for a process. */
const PIECE_BYTES = 65_537;

interface Trouble {
  /** So many cuts at least, and so many of them of the executor's link. */
  readonly cuts: number;
  readonly ofExecutor: number;
  /** That a link of a harness lives for at most. */
  readonly frames: number;
}

/** Makes trouble while this goes on again and again. */
async function throughCuts(
  t: ExecutionContext,
  world: RelayWorld,
  { cuts, ofExecutor, frames }: Trouble,
  traffic: readonly (() => Promise<void>)[],
): Promise<void> {
  const seed = freshSeed();
  t.log(`FARHAND_TEST_SEED=${seed}`);
  using cutter = new Cutter(world.proxy, frames, randomIntegers(seed));
  const isOver = () => cutter.total >= cuts && cutter.cuts.executor >= ofExecutor;
  await Promise.all(
    traffic.map(async (pass) => {
      while (!isOver()) await pass();
    }),
  );
  t.log(cutter.cuts);
}

test('what processes and those who talk to them say arrives once and whole through 150 cuts of their links', async (t) => {
  using folder = new TemporaryFolder();
  await using world = await RelayWorld.open();
  const clients = await Promise.all(Array.from({ length: 5 }, () => world.connect()));
  const talks = await Promise.all(clients.slice(1).map((client) => Talk.begin(client)));
  const chatters = await Promise.all(clients.slice(0, 2).map((client) => Chatter.begin(client, folder)));
  await throughCuts(
    t,
    world,
    { cuts: 150, ofExecutor: 2, frames: 120 },
    talks.map((talk) => () => talk.exchange()),
  );
  for (const talk of talks) {
    const { stdout, stderr, expected, exit } = await talk.end();
    t.is(stdout, expected.stdout);
    t.is(stderr, expected.stderr);
    t.like(exit, { exitCode: 7, complete: true });
  }
  for (const chatter of chatters) {
    const { stdout, expected, exit } = await chatter.end();
    t.is(stdout, expected);
    t.like(exit, { exitCode: 0, complete: true });
  }
});

test('files are read and written, and fed to a process, without a wrong byte through 50 cuts', async (t) => {
  using folder = new TemporaryFolder();
  await using world = await RelayWorld.open();
  const [reader, writer, feeder] = await Promise.all([world.connect(), world.connect(), world.connect()]);
  const content = randomBytes(3 * MIB + 12_345);
  const [source, written, fed] = ['source', 'written', 'fed'].map((name) => folder.file(name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(source, content);
  const cat = await feeder.start(['/bin/sh', '-c', `head -c ${content.length} > '${fed}'`], { stdin: 'pipe' });
  let sent = 0;
  const times = { opened: 0, read: 0, begun: 0, written: 0 };
  await throughCuts(t, world, { cuts: 50, ofExecutor: 1, frames: 500 }, [
    async () => {
      const { bytes, opened } = await readThroughCuts(reader, source);
      t.true(bytes.equals(content));
      times.read += 1;
      times.opened += opened;
    },
    async () => {
      times.begun += await writeThroughCuts(writer, written, content, 700_000);
      t.true(readFileSync(written).equals(content));
      times.written += 1;
    },
    async () => {
      if (sent < content.length) await cat.write(content.subarray(sent, sent + PIECE_BYTES));
      else await feeder.status();
      sent += PIECE_BYTES;
    },
  ]);
  t.log(times);
  t.true(times.opened > times.read && times.begun > times.written, 'some were cut while they were open');
  for (; sent < content.length; sent += PIECE_BYTES) await cat.write(content.subarray(sent, sent + PIECE_BYTES));
  t.like(await cat.exit, { exitCode: 0 });
  t.true(readFileSync(fed).equals(content));
});
