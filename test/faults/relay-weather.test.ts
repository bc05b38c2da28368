/** Frames between two of our ends get lost, come twice, late or damaged: whatever a relay does to them, what arrives is right. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import type { Client } from '#src/client/client.js';
import { RELAY_RECORD_BYTES } from '#src/protocol/limits.js';
import { collect } from '#test/support/collect.js';
import { freshSeed, randomIntegers } from '#test/support/random.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { readThroughCuts } from './support/file-traffic.js';
import type { Fate } from './support/proxied-link.js';
import { RelayWorld } from './support/relay-world.js';
import { Talk } from './support/talk.js';
import { weather } from './support/weather.js';

const MIB = 1 << 20;
const WORDS = 6;
const CUTS = 8;

/** Chance of a test, which says how it can be repeated. */
function chance(t: ExecutionContext): (bound: number) => number {
  const seed = freshSeed();
  t.log(`FARHAND_TEST_SEED=${seed}`);
  return randomIntegers(seed);
}

interface Traffic {
  /** Talks a while, sends bytes there and back, and reads a file: all of it has to be right. */
  pass(): Promise<void>;
}

/** Starts what cannot be started again when its answer gets lost. */
async function startTraffic(t: ExecutionContext, client: Client, folder: TemporaryFolder): Promise<Traffic> {
  const bytes = randomBytes(MIB);
  const path = folder.file(client.sessionId!);
  writeFileSync(path, bytes);
  const talk = await Talk.begin(client);
  const echo = await client.start(['/bin/sh', '-c', `head -c ${bytes.length} | cat`], { stdin: 'pipe' });
  const talking = async () => {
    for (let words = 0; words < WORDS; words += 1) await talk.exchange();
    const { stdout, stderr, expected } = await talk.end();
    t.is(stdout, expected.stdout);
    t.is(stderr, expected.stderr);
  };
  const echoing = async () => {
    const [back] = await Promise.all([collect(echo.stdout), echo.write(bytes)]);
    t.true(Buffer.concat(back).equals(bytes));
  };
  const reading = async () => {
    t.true((await readThroughCuts(client, path)).bytes.equals(bytes));
  };
  return { pass: async () => void (await Promise.all([talking(), echoing(), reading()])) };
}

/** What becomes of the client from now on. */
function statesOf(client: Client): readonly string[] {
  const states: string[] = [];
  client.onStateChange((state) => states.push(state));
  return states;
}

for (const percent of [10, 25]) {
  for (const role of ['executor', 'harness'] as const) {
    test(`all streams bring everything while ${percent} of 100 frames on the way of the ${role} get lost, as many come twice and as many late`, async (t) => {
      using folder = new TemporaryFolder();
      await using world = await RelayWorld.open();
      const clients = await Promise.all([world.connect(), world.connect(), world.connect()]);
      const traffic = await Promise.all(clients.map((client) => startTraffic(t, client, folder)));
      const states = clients.map(statesOf);
      const fate = weather({ lost: percent, twice: percent, late: percent }, chance(t));
      for (const link of world.proxy.whole(role)) link.fate = fate;
      await Promise.all(traffic.map((each) => each.pass()));
      t.deepEqual(states, [[], [], []], 'no stream had to begin anew');
      t.deepEqual(world.told('streamFailed'), []);
    });
  }
}

test('handshakes come about where frames come twice and late, and so do sessions that are sought again and again', async (t) => {
  await using world = await RelayWorld.open();
  const fate = weather({ twice: 30, late: 30 }, chance(t));
  for (const link of world.proxy.links) link.fate = fate;
  world.proxy.linked = (link) => {
    link.fate = fate;
  };
  const clients = await Promise.all([world.connect(), world.connect()]);
  const states = clients.map(statesOf);
  const talks = await Promise.all(clients.map((client) => Talk.begin(client)));
  for (let times = 0; times < CUTS; times += 1) {
    for (const link of world.proxy.whole('harness')) link.cut();
    await Promise.all(talks.map((talk) => talk.exchange()));
  }
  for (const talk of talks) {
    const { stdout, stderr, expected } = await talk.end();
    t.is(stdout, expected.stdout);
    t.is(stderr, expected.stderr);
  }
  t.false(states.some((each) => each.includes('failed')));
  t.deepEqual(world.told('coolingDown'), []);
});

/** The first full record is damaged whatever chance says, so that there is something to notice. */
function afterOneDamaged(fate: Fate): Fate {
  let damaged = false;
  return (frame, way) => {
    if (damaged || frame.length < RELAY_RECORD_BYTES) return fate(frame, way);
    damaged = true;
    const copy = Uint8Array.from(frame);
    copy[copy.length - 1]! ^= 1;
    return [{ frame: copy, delayMs: 0 }];
  };
}

test('damaged frames cost their own stream only, and never give a wrong byte', async (t) => {
  using folder = new TemporaryFolder();
  await using world = await RelayWorld.open();
  const { client, link } = await world.connectOn();
  const others = [await world.connect(), await world.connect()];
  const traffic = await Promise.all([client, ...others].map((each) => startTraffic(t, each, folder)));
  const states = statesOf(client);
  const statesOfOthers = others.map(statesOf);
  const fate = afterOneDamaged(weather({ damaged: 4, shortened: 2 }, chance(t)));
  link.fate = fate;
  world.proxy.linked = (next) => {
    if (next.key === link.key) next.fate = fate;
  };
  await Promise.all(traffic.map((each) => each.pass()));
  t.true(states.includes('recovering'), 'the damage was noticed');
  t.deepEqual(statesOfOthers, [[], []]);
});

test('where every stream gets damaged frames, each comes back with its session', async (t) => {
  using folder = new TemporaryFolder();
  await using world = await RelayWorld.open();
  const clients = await Promise.all([world.connect(), world.connect(), world.connect()]);
  const traffic = await Promise.all(clients.map((client) => startTraffic(t, client, folder)));
  const states = clients.map(statesOf);
  world.executorLink.fate = afterOneDamaged(weather({ damaged: 2, shortened: 1 }, chance(t)));
  await Promise.all(traffic.map((each) => each.pass()));
  t.true(
    states.some((each) => each.includes('recovering')),
    'the damage was noticed',
  );
  t.false(states.some((each) => each.includes('failed')));
});
