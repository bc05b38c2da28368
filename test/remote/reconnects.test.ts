/** How an executor comes to its link to the rendezvous, and back to it, and what it takes along. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import test from 'ava';
import { authenticationChanged, credentialExpired } from '#src/credentials/errors.js';
import { fixedBearer } from '#src/credentials/fixed-bearer.js';
import type { CredentialUse } from '#src/credentials/source.js';
import { Executor } from '#src/executor.js';
import type { RegistryError } from '#src/registry/errors.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { type HarnessStream, shellParams } from './support/harness-stream.js';
import type { Script } from './support/registry.js';
import type { UpgradeAnswer } from './support/rendezvous.js';
import { World } from './support/world.js';

const executor = new Executor();
test.after.always(() => executor.close());

const { accept } = executor;
const READY = { status: 'ready' };
const isReady = (stream: HarnessStream) => stream.call('environment/status');

/** Of a registry. */
const AS_USUAL: Script = (usual) => usual();

for (const status of [400, 401, 404, 429]) {
  test(`an upgrade that is answered ${status} makes it register again, as the same executor, for another URL`, async (t) => {
    const headers = { 'x-codex-rendezvous-rejection-reason': 'invalid_expiry' };
    await using world = await World.open({ accept, upgrades: [{ status, headers }] });
    const link = await world.link();
    await world.harness().enter(link);
    t.like(world.log, [
      { event: 'registered' },
      { event: 'connectFailed', errorKind: 'http', httpStatus: status, rejectionReason: 'invalid_expiry' },
      { event: 'registered' },
      { event: 'connected', connectionAttempt: 2 },
    ]);
    const [first, second] = world.registry.called('register').map(({ body }) => body.executor_public_key);
    t.deepEqual(first, second);
    const { upgrades } = world.rendezvous;
    t.not(upgrades[0]!.url, upgrades[1]!.url);
    for (const { requestId } of upgrades) t.regex(requestId, /^req_[0-9a-f]{32}$/);
    t.not(upgrades[0]!.requestId, upgrades[1]!.requestId);
    t.deepEqual(
      [...world.told('connectFailed'), ...world.told('connected')].map(({ requestId }) => requestId),
      upgrades.map(({ requestId }) => requestId),
    );
  });
}

test('an upgrade has no credential and offers nothing but a WebSocket', async (t) => {
  await using world = await World.open({ accept });
  await world.link();
  const [{ url, headers }] = world.rendezvous.upgrades as [(typeof world.rendezvous.upgrades)[0]];
  t.regex(url, /^\/ws\/env-1\?role=environment&registration=reg-1&sig=[0-9a-f]{48}$/);
  t.deepEqual(Object.keys(headers).sort(), [
    'connection',
    'host',
    'sec-websocket-key',
    'sec-websocket-version',
    'upgrade',
    'x-request-id',
  ]);
});

const KEEPING: readonly (readonly [what: string, answer: UpgradeAnswer, told: object])[] = [
  ['200', { status: 200 }, { errorKind: 'http', httpStatus: 200 }],
  ['302', { status: 302, headers: { location: 'ws://127.0.0.1:9/' } }, { errorKind: 'http', httpStatus: 302 }],
  ['500', { status: 500 }, { errorKind: 'http', httpStatus: 500 }],
  ['503', { status: 503 }, { errorKind: 'http', httpStatus: 503 }],
  [
    '101 for somebody else',
    { status: 101, headers: { upgrade: 'websocket', connection: 'upgrade', 'sec-websocket-accept': 'bm90IHlvdQ==' } },
    { errorKind: 'other' },
  ],
  ['not at all', 'cut', { errorKind: 'io' }],
];

for (const [what, answer, told] of KEEPING) {
  test(`an upgrade that is answered ${what} is tried again with the same URL`, async (t) => {
    await using world = await World.open({ accept, upgrades: [answer] });
    await world.harness().enter(await world.link());
    t.like(world.log, [{ event: 'registered' }, { event: 'connectFailed', ...told }, { event: 'connected' }]);
    const { upgrades } = world.rendezvous;
    t.is(upgrades[0]!.url, upgrades[1]!.url);
    t.not(upgrades[0]!.requestId, upgrades[1]!.requestId);
    t.is(world.registry.called('register').length, 1);
  });
}

test('why a rendezvous refuses is told only in words that are known', async (t) => {
  const headers = { 'x-codex-rendezvous-rejection-reason': 'words-of-a-rendezvous-that-may-be-an-enemy' };
  await using world = await World.open({ accept, upgrades: [{ status: 503, headers }] });
  world.secrets.keep('words of the rendezvous', 'words-of-a-rendezvous-that-may-be-an-enemy');
  await world.link();
  t.is(world.told('connectFailed')[0]!.rejectionReason, undefined);
});

test('an executor that had a URL goes on registering while the registry is not well', async (t) => {
  await using world = await World.open({
    accept,
    upgrades: [{ status: 401 }],
    registrations: [AS_USUAL, { status: 500 }],
  });
  await world.until(() => world.told('connected').length === 1);
  t.like(world.log, [
    { event: 'registered' },
    { event: 'connectFailed' },
    { event: 'reregistrationFailed', status: 500 },
    { event: 'registered' },
    { event: 'connected' },
  ]);
});

for (const [what, answer, text] of [
  ['it is not known any more', { status: 404, text: 'no such environment' }, /\(404 Not Found\): no such environment$/],
  ['it may not any more', { status: 403, text: 'no' }, /\(403 Forbidden\): no$/],
  ['the answer is none', { text: 'no' }, /^failed to serialize or deserialize exec-server JSON/],
] as const) {
  test(`it ends when ${what}`, async (t) => {
    await using world = await World.open({ accept, upgrades: [{ status: 401 }], registrations: [AS_USUAL, answer] });
    t.regex(((await world.ended) as RegistryError).message, text);
    t.is(world.told('registered').length, 1);
  });
}

test('a link that is lost takes no session along: its processes run on, and its harness comes back and misses nothing', async (t) => {
  using folder = new TemporaryFolder();
  const [go, gone] = [folder.file('go'), folder.file('gone')];
  await promisify(execFile)('mkfifo', [go, gone]);
  const script = `seq 1 20000; read -r _ < ${go}; seq 20001 40000; echo > ${gone}; read -r end; echo "$end"`;
  await using world = await World.open({ accept });
  world.secrets.keep('a command', script);
  world.secrets.keep('output', '20001\n20002\n20003\n20004');
  world.secrets.keep('a path', go);
  const harness = world.harness();
  const first = await harness.attach(await world.link());
  await first.shell('p', script, { pipeStdin: true });
  await first.until(() => first.record('p').output().length > 1_000);
  (await world.link()).cut();
  await world.until(() => world.told('disconnected').length === 1);
  // It works on while nobody is there.
  await writeFile(go, '\n');
  await readFile(gone);

  const link = await world.link(1);
  const stranger = await world.harness().enter(link);
  await t.throwsAsync(stranger.initialize(first.sessionId), {
    message: `unknown session id ${first.sessionId}`,
  });
  const second = await harness.attach(link, first.sessionId);
  const record = first.record('p');
  second.records.set('p', record);
  t.deepEqual(record.merge(await second.call('process/read', { processId: 'p', afterSeq: record.complete })), []);
  const chunk = Buffer.from('the end\n').toString('base64');
  await second.call('process/write', { processId: 'p', chunk, writeId: 'w' });
  await second.until(() => record.closed);
  t.is(record.disagreements, 0);
  const lines = Array.from({ length: 40_000 }, (_, index) => `${index + 1}\n`).join('');
  t.is(record.output().toString(), `${lines}the end\n`);
  t.is(record.exitCode, 0);
});

test('a harness that comes again on the same link takes its session over at once', async (t) => {
  await using world = await World.open({ accept });
  const link = await world.link();
  const harness = world.harness();
  const first = await harness.attach(link);
  const second = await harness.attach(link, first.sessionId);
  t.deepEqual(await isReady(second), READY);
  await first.becomesReset();
  t.is(second.sessionId, first.sessionId);
});

test('a rendezvous that says goodbye is come back to', async (t) => {
  await using world = await World.open({ accept });
  const harness = world.harness();
  const stream = await harness.attach(await world.link());
  (await world.link()).close(1000);
  await harness.attach(await world.link(1), stream.sessionId);
  t.like(world.told('disconnected'), [{ reason: 'peer_close' }]);
  t.is(world.registry.called('register').length, 1);
});

test('an executor that is to end resets every stream and says goodbye', async (t) => {
  await using world = await World.open({ accept });
  const link = await world.link();
  const harness = world.harness();
  const streams = [await harness.attach(link), await harness.attach(link), await harness.enter(link)];
  world.registry.next('validate', 'never');
  const pending = harness.ask();
  harness.send(link, pending);
  await world.until(() => world.registry.called('validate').length === 4);
  t.is(await world.stop(), 'resolved');
  await link.until(() => link.closeCode !== undefined);
  t.is(link.closeCode, 1001);
  for (const { streamId } of streams) t.is(link.resetsOf(streamId), 1);
  t.deepEqual(link.framesOf(pending.streamId), []);
  t.like(world.told('disconnected'), [{ reason: 'local_shutdown' }]);
  await world.happenings.until(() => world.registry.called('validate').at(-1)!.isAbandoned);
});

test('it ends also when the rendezvous does not read what it says', async (t) => {
  await using world = await World.open({ accept });
  const link = await world.link();
  const stream = await world.harness().attach(link);
  link.stopReading();
  using folder = new TemporaryFolder();
  const started = folder.file('started');
  await promisify(execFile)('mkfifo', [started]);
  stream.ask('process/start', shellParams('p', `echo > ${started}; head -c 100000000 /dev/zero`));
  await readFile(started);
  t.is(await world.stop(), 'resolved');
});

test('it ends while its upgrade is not answered', async (t) => {
  await using world = await World.open({ accept, upgrades: ['never'] });
  await world.until(() => world.rendezvous.upgrades.length === 1);
  t.is(await world.stop(), 'resolved');
});

test('it ends while it waits to try again', async (t) => {
  await using world = await World.open({ accept, upgrades: [{ status: 500 }] });
  await world.until(() => world.told('connectFailed').length === 1);
  t.is(await world.stop(), 'resolved');
});

test('it ends while it waits to register again', async (t) => {
  await using world = await World.open({
    accept,
    upgrades: [{ status: 401 }],
    registrations: [AS_USUAL, { status: 500 }],
  });
  await world.until(() => world.told('reregistrationFailed').length === 1);
  t.is(await world.stop(), 'resolved');
});

/** Good for registering, and fails when a harness is asked about. */
const failsLater = (fault: () => Error) => (token: string) => {
  const good = fixedBearer(token);
  return {
    ...good,
    headers: async (use: CredentialUse, signal: AbortSignal) => {
      if (use === 'validate') throw fault();
      return good.headers(use, signal);
    },
  };
};

test('an executor that has become somebody else ends, and says goodbye', async (t) => {
  await using world = await World.open({ accept, credentials: failsLater(authenticationChanged) });
  const link = await world.link();
  const harness = world.harness();
  harness.send(link, harness.ask());
  t.like(await world.ended, { message: 'executor authentication changed' });
  await link.until(() => link.closeCode !== undefined);
  t.is(link.closeCode, 1001);
});

test('an executor whose credential has expired lets nobody in, asks nobody, and lives on', async (t) => {
  await using world = await World.open({ accept, credentials: failsLater(credentialExpired) });
  const link = await world.link();
  t.is(await world.harness().knock(link), 'reset');
  t.like(world.told('handshakeDiagnostic'), [{ reason: 'registry_auth' }]);
  t.deepEqual(world.registry.called('validate'), []);
  t.deepEqual(world.told('disconnected'), []);
});
