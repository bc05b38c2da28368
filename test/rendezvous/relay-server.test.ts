/** Registry and rendezvous over real sockets. */
import { once } from 'node:events';
import { connect as dial } from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';
import { connect as dialTls } from 'node:tls';
import test from 'ava';
import { HELD_FOR_HARNESS_BYTES, REGISTRY_BODY_BYTES, RELAY_FRAME_BYTES } from '#src/protocol/limits.js';
import { AUTHORITY, IDENTITY } from '#test/support/tls-identity.js';
import { dataOf, frameOf } from './support/frames.js';
import { keyNamed } from './support/keys.js';
import {
  call,
  connect,
  ENVIRONMENT,
  End,
  EXECUTOR,
  HARNESS,
  openExecutor,
  openHarness,
  register,
  startRelay,
  validate,
} from './support/relay-ends.js';

test('an executor and a harness find each other, and frames pass both ways as they are', async (t) => {
  await using relay = await startRelay();
  await using executor = await openExecutor(relay);
  const { status, body } = await connect(relay);
  t.is(status, 200);
  t.deepEqual(
    { ...body, url: '', harness_key_authorization: '' },
    {
      environment_id: ENVIRONMENT,
      url: '',
      security_profile: 'noise_hybrid_ik_v1',
      executor_registration_id: executor.registration,
      executor_public_key: keyNamed('executor'),
      harness_key_authorization: '',
    },
  );
  await using harness = await End.open(body.url);
  const [there, back] = [dataOf('s', 1_000), dataOf('s', 60_000)];
  harness.socket.send(there);
  t.deepEqual(await executor.received(1), [Buffer.from(there)]);
  executor.socket.send(back);
  t.deepEqual(await harness.received(1), [Buffer.from(back)]);
  t.deepEqual(relay.counts, { executors: 1, harnesses: 1, streams: 1, heldBytes: 0 });
});

test('an authorization is good once, for its key and its registration', async (t) => {
  await using relay = await startRelay();
  await using executor = await openExecutor(relay);
  const { registration } = executor;
  const ask = async (id: string, key: string) => {
    const { body } = await connect(relay, 'harness');
    const authorization = body.harness_key_authorization;
    return [
      await validate(relay, id, key, authorization),
      await validate(relay, registration, 'harness', authorization),
    ];
  };
  const answers = [await ask(registration, 'harness'), await ask(registration, 'other'), await ask('x', 'harness')];
  const verdicts = answers.flat().map(({ status, body }) => [status, body]);
  t.deepEqual(verdicts, [
    [200, { valid: true }],
    // Even the right question comes too late.
    ...Array.from({ length: 5 }, () => [200, { valid: false }]),
  ]);
});

test('who has no token of the environment gets 401, whatever it asks; the other role gets 403', async (t) => {
  await using relay = await startRelay();
  for (const name of ['register', 'connect', 'validate']) {
    const { status, body } = await call(relay, name, 'no JSON', 'wrong');
    t.deepEqual([status, body], [401, { error: { message: 'the token is not one of this environment' } }]);
    t.is((await call(relay, name, 'no JSON', name === 'connect' ? EXECUTOR : HARNESS)).status, 403);
  }
  const path = '/cloud/environment/not-there/connect';
  const elsewhere = await fetch(relay.address + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${HARNESS}` },
  });
  t.deepEqual([elsewhere.status, await elsewhere.json()], [401, (await call(relay, 'connect', '', 'wrong')).body]);
});

test('what makes no sense is refused, and says nothing back of what came', async (t) => {
  await using relay = await startRelay();
  const key = keyNamed('executor');
  const profile = { security_profile: 'noise_hybrid_ik_v1' };
  for (const body of [
    '',
    'secret',
    '[]',
    '{}',
    { ...profile },
    { security_profile: 'other', executor_public_key: key },
    { ...profile, executor_public_key: { ...key, secret: 1 } },
    { ...profile, executor_public_key: { ...key, suite: 'secret' } },
    { ...profile, executor_public_key: { ...key, x25519_public_key: 'secret' } },
    { ...profile, executor_public_key: { ...key, mlkem768_public_key: key.x25519_public_key } },
  ]) {
    const { status, body: told } = await call(relay, 'register', body);
    t.is(status, 400);
    t.false(JSON.stringify(told).includes('secret'));
  }
  t.is((await call(relay, 'register', ' '.repeat(REGISTRY_BODY_BYTES + 1))).status, 413);
  t.is((await call(relay, 'register', { ...profile, executor_public_key: key, more: 1 })).status, 200);
});

test('other requests get what they are due', async (t) => {
  await using relay = await startRelay();
  const ask = async (path: string, init: RequestInit = {}) => (await fetch(relay.address + path, init)).status;
  t.is(await ask('/readyz'), 200);
  t.is(await ask(`/cloud/environment/${ENVIRONMENT}/connect`), 405);
  const browser = { method: 'POST', headers: { origin: 'http://evil.test', authorization: `Bearer ${HARNESS}` } };
  t.is(await ask(`/cloud/environment/${ENVIRONMENT}/connect`, browser), 403);
  for (const path of [
    '/',
    '/cloud/environment//connect',
    '/cloud/environment/a%2f..%2fb/connect',
    '/cloud/environment/a',
  ]) {
    t.is(await ask(path, { method: 'POST' }), 404, path);
  }
});

test('without an executor a harness hears that the environment is offline, also when it has an address already', async (t) => {
  await using relay = await startRelay();
  const offline = { status: 409, body: { error: { code: 'environment_offline' } } };
  t.like(await connect(relay), offline);
  t.is((await register(relay)).status, 200);
  t.like(await connect(relay), offline, 'it has registered, and has no link');
  const executor = await openExecutor(relay);
  const { body } = await connect(relay);
  await using harness = await End.open(body.url);
  await executor[Symbol.asyncDispose]();
  t.is(await harness.closed, 1013);
  t.like(await connect(relay), offline);
  await t.throwsAsync(End.open(body.url), { message: 'answered 503: route_unavailable' });
});

test('an executor that comes back takes the place of its own link; another one is told to wait', async (t) => {
  await using relay = await startRelay();
  await using first = await openExecutor(relay);
  t.like(await register(relay, 'other'), { status: 503, body: { error: { code: 'registration_conflict' } } });
  await using second = await openExecutor(relay);
  t.is(await first.closed, 1001);
  await second[Symbol.asyncDispose]();
  // The end of the link is told to the relay by another connection than the question.
  let told = await register(relay, 'other');
  while (told.status === 503) told = await register(relay, 'other');
  await using third = await End.open(told.body.url);
  t.deepEqual([third.socket.readyState, relay.counts.executors], [1, 1]);
});

test('an address is refused with a reason that executors know, and with 4xx where they are to register again', async (t) => {
  await using relay = await startRelay();
  const { body } = await register(relay);
  const refused = async (change: (url: URL) => void, message: string) => {
    const url = new URL(body.url);
    change(url);
    await t.throwsAsync(End.open(url.href), { message });
  };
  await refused((url) => url.searchParams.set('signature', 'x'), 'answered 401: invalid_signature');
  await refused((url) => url.searchParams.set('role', 'harness'), 'answered 401: invalid_signature');
  await refused((url) => url.searchParams.delete('expiry'), 'answered 400: missing_expiry');
  await refused((url) => url.searchParams.set('a', 'b'), 'answered 400: extra_query_param');
  await refused((url) => Object.assign(url, { pathname: '/rendezvous/env-2' }), 'answered 401: invalid_signature');
  await refused((url) => Object.assign(url, { pathname: '/' }), 'answered 404: unknown_route');
  await register(relay);
  await refused(() => {}, 'answered 401: unexpected_executor_registration_id');
  await using restarted = await startRelay();
  await refused(
    (url) => Object.assign(url, { host: new URL(restarted.address).host }),
    'answered 401: invalid_signature',
  );
});

test('frames are binary and of at most 262,144 bytes', async (t) => {
  await using relay = await startRelay();
  await using executor = await openExecutor(relay);
  await using talker = await openHarness(relay, 'one');
  talker.socket.send('text');
  t.is(await talker.closed, 1003);
  await using giant = await openHarness(relay, 'two');
  const overhead = dataOf('s', RELAY_FRAME_BYTES - 100).length - (RELAY_FRAME_BYTES - 100);
  giant.socket.send(dataOf('s', RELAY_FRAME_BYTES - overhead));
  t.is((await executor.received(1))[0]?.length, RELAY_FRAME_BYTES);
  giant.socket.send(dataOf('s', RELAY_FRAME_BYTES - overhead + 1));
  t.is(await giant.closed, 1009);
  t.is((await executor.received(2)).length, 2, 'the reset of its stream');
});

test('an environment has so many harnesses and no more', async (t) => {
  await using relay = await startRelay({ harnesses: 1 });
  await using _executor = await openExecutor(relay);
  const [first, second] = [await connect(relay, 'one'), await connect(relay, 'two')];
  await using _harness = await End.open(first.body.url);
  await t.throwsAsync(End.open(second.body.url), { message: 'answered 503: route_unavailable' });
  t.is((await connect(relay, 'three')).status, 429);
});

test('a relay has so many connections and no more', async (t) => {
  await using relay = await startRelay({ connections: 1 });
  const { hostname, port } = new URL(relay.address);
  const first = dial(Number(port), hostname);
  await once(first, 'connect');
  const second = dial(Number(port), hostname).resume();
  await once(second, 'close');
  t.false(first.destroyed);
  first.destroy();
});

test('what a slow harness has not taken waits at the executor, and nothing is lost', async (t) => {
  await using relay = await startRelay();
  await using executor = await openExecutor(relay);
  await using harness = await openHarness(relay);
  harness.socket.send(frameOf('s'));
  await executor.received(1);
  harness.socket.pause();
  const frames = Array.from({ length: 512 }, (_, seq) => Buffer.from(dataOf('s', 64 * 1024, seq)));
  const all = Promise.all(frames.map((frame) => new Promise((resolve) => executor.socket.send(frame, resolve))));
  let most = 0;
  harness.socket.on('message', () => {
    most = Math.max(most, relay.counts.heldBytes);
  });
  // As much is under way as fits: more of it only moves when the harness reads.
  while (relay.counts.heldBytes <= HELD_FOR_HARNESS_BYTES) await immediate();
  harness.socket.resume();
  await all;
  t.true(Buffer.concat(await harness.received(frames.length)).equals(Buffer.concat(frames)));
  t.true(most < HELD_FOR_HARNESS_BYTES + 512 * 1024, `${most} bytes`);
});

test('10,000 streams of 157 harnesses each find their way there and back, and nothing is left of them', async (t) => {
  await using relay = await startRelay({ harnesses: 157 });
  await using executor = await openExecutor(relay);
  const harnesses = await Promise.all(Array.from({ length: 157 }, (_, n) => openHarness(relay, `h${n}`)));
  executor.socket.on('message', (frame) => executor.socket.send(frame));
  const sent = harnesses.map(({ socket }, n) =>
    Array.from({ length: 64 }, (_, stream) => {
      const frame = Buffer.from(frameOf(`${n}/${stream}`));
      socket.send(frame);
      return frame;
    }),
  );
  const came = await Promise.all(harnesses.map((harness) => harness.received(64)));
  t.true(came.every((frames, n) => Buffer.concat(frames).equals(Buffer.concat(sent[n] ?? []))));
  t.deepEqual(relay.counts, { executors: 1, harnesses: 157, streams: 157 * 64, heldBytes: 0 });
  await Promise.all(harnesses.map((harness) => harness[Symbol.asyncDispose]()));
  // The resets of all streams are behind the echoes.
  await executor.received(2 * 157 * 64);
  t.deepEqual(relay.counts, { executors: 1, harnesses: 0, streams: 0, heldBytes: 0 });
});

test('everybody is let go at its end', async (t) => {
  const relay = await startRelay();
  const [executor, harness] = [await openExecutor(relay), await openHarness(relay)];
  await Promise.all([relay.close(), relay.close()]);
  t.deepEqual(await Promise.all([executor.closed, harness.closed]), [1001, 1001]);
  await t.throwsAsync(fetch(`${relay.address}/readyz`));
});

test('the public address is the one that ends are told, with the path of a proxy or without it', async (t) => {
  const publicUrl = { linkBase: 'wss://relay.example/far', prefix: '/far' };
  await using relay = await startRelay({ publicUrl });
  const { body } = await register(relay);
  t.true(body.url.startsWith('wss://relay.example/far/rendezvous/env-1?'));
  t.is((await fetch(`${relay.address}/far/readyz`)).status, 200);
  const { pathname, search } = new URL(body.url);
  const local = relay.address.replace('http', 'ws');
  await using _left = await End.open(`${local}${pathname}${search}`);
  await using taken = await End.open(`${local}${pathname.slice('/far'.length)}${search}`);
  t.is(taken.socket.readyState, 1);
});

test('with a certificate it speaks TLS, and takes another one while it runs', async (t) => {
  await using relay = await startRelay({ tls: { cert: Buffer.from(IDENTITY.cert), key: Buffer.from(IDENTITY.key) } });
  const { port } = new URL(relay.address);
  const ask = async () => {
    const socket = dialTls({ host: '127.0.0.1', port: Number(port), ca: AUTHORITY });
    socket.end('GET /readyz HTTP/1.0\r\n\r\n');
    return String((await once(socket, 'data'))[0]).split('\r\n')[0];
  };
  t.true(relay.address.startsWith('https://'));
  t.is(await ask(), 'HTTP/1.1 200 OK');
  t.throws(() => relay.renew({ cert: Buffer.from('x'), key: Buffer.from('x') }));
  relay.renew({ cert: Buffer.from(IDENTITY.cert), key: Buffer.from(IDENTITY.key) });
  t.is(await ask(), 'HTTP/1.1 200 OK');
});
