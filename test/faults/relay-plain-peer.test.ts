/** Two ends of ours that each take the other for a peer of 0.169.0, which acknowledges nothing and sends nothing again. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import test from 'ava';
import { collect } from '#test/support/collect.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { hasten } from './support/leaping-time.js';
import { PlainWay } from './support/plain-way.js';
import { RelayWorld } from './support/relay-world.js';
import { Talk } from './support/talk.js';

const MIB = 1 << 20;
/** So long a record may be missing. */
const GAP_MS = 10_000;

/** A world with one client, whose links are all such ways. */
async function plainWorld() {
  const world = await RelayWorld.open();
  const plain = new PlainWay(world.happenings.happened);
  world.proxy.linked = (link) => {
    if (link.role === 'harness') link.fate = plain.fate;
  };
  const { client, link } = await world.connectOn();
  const states: string[] = [];
  client.onStateChange((state) => states.push(state));
  return { world, plain, client, link, states };
}

test.serial('over a way that loses nothing all is as usual, also after a long silence', async (t) => {
  using folder = new TemporaryFolder();
  const { world, plain, client, link, states } = await plainWorld();
  await using _ = world;
  const bytes = randomBytes(8 * MIB);
  writeFileSync(folder.file('file'), bytes);
  const talk = await Talk.begin(client);
  await talk.exchange();
  t.true(Buffer.concat(await collect(await client.files.openRead(folder.file('file')))).equals(bytes));
  // Each says now and then that it speaks R1, which does not come through.
  const { frames } = link;
  const records = { ...plain.records };
  await hasten(() => link.frames >= frames + 4, 10 * GAP_MS);
  t.deepEqual(plain.records, records);
  await talk.exchange();
  const { stdout, stderr, expected } = await talk.end();
  t.is(stdout, expected.stdout);
  t.is(stderr, expected.stderr);
  t.deepEqual(states, []);
});

for (const [where, way] of [
  ['to the client', 'toEnd'],
  ['to the executor', 'toRelay'],
] as const) {
  test.serial(`a record that gets lost on its way ${where} costs 10 s, and nothing else`, async (t) => {
    const { world, plain, client, states } = await plainWorld();
    await using _ = world;
    const { sessionId } = client;
    const talk = await Talk.begin(client);
    await talk.exchange();
    plain.losesNext = way;
    const exchange = talk.exchange();
    await world.until(() => plain.losesNext === undefined);
    // What comes behind it shows that it is missing.
    const behind = client.status({ timeoutMs: 10 * GAP_MS });
    const passed = await hasten(() => states.length > 0, 2 * GAP_MS);
    t.true(passed >= GAP_MS, `${passed} ms`);
    await Promise.all([exchange, behind]);
    await talk.exchange();
    const { stdout, stderr, expected, exit } = await talk.end();
    t.is(stdout, expected.stdout);
    t.is(stderr, expected.stderr);
    t.like(exit, { exitCode: 7, complete: true });
    t.deepEqual(states, ['recovering', 'connected']);
    t.is(client.sessionId, sessionId);
  });
}
