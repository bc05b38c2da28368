/** The way to an executor through a real relay, with an executor's end that does what a test wants. */
import test, { type ExecutionContext } from 'ava';
import { deferred } from '#src/client/deferred.js';
import { encodePublicKey } from '#src/noise/public-key.js';
import { canonicalUuid } from '#src/relay/stream-id.js';
import type { RelayServer } from '#src/rendezvous/relay-server.js';
import { FinalDialError } from '#src/transport/dial-error.js';
import { call, startRelay } from '#test/rendezvous/support/relay-ends.js';
import { type Asking, FakeExecutor, type FakeExecutorOptions, newIdentity } from './support/fake-executor.js';
import { dial, newRoute, Owner } from './support/routes.js';

async function world(t: ExecutionContext, options: FakeExecutorOptions = {}) {
  const gone = { harness: deferred<void>(), executor: deferred<void>() };
  const say = (line: string) => {
    if (line.endsWith('harness disconnected')) gone.harness.resolve();
    if (line.endsWith('executor disconnected')) gone.executor.resolve();
  };
  const relay = await startRelay({ say });
  const executor = await FakeExecutor.start(relay, options);
  const route = newRoute(relay.address, { answerMs: 10_000 });
  t.teardown(async () => {
    await route.close();
    await executor[Symbol.asyncDispose]();
    await relay.close();
  });
  return { relay, executor, route, harnessGone: gone.harness.promise, executorGone: gone.executor.promise };
}

const status = JSON.stringify({ id: 1, method: 'environment/status', params: null });

test('messages pass through a stream, both ways', async (t) => {
  const { executor, route } = await world(t);
  const answered = deferred<void>();
  const owner = new Owner(answered.resolve);
  const connection = await dial(route, owner);
  connection.send(status);
  await answered.promise;
  t.deepEqual(owner.messages, ['{"jsonrpc":"2.0","id":1,"result":{"status":"ready"}}']);
  t.deepEqual(executor.kinds.slice(0, 2), ['resume', 'handshake']);
});

test('the registry knows the harness that asks by the key and the authorization of its handshake', async (t) => {
  const { relay, executor, route } = await world(t);
  await dial(route);
  const { harnessKey, authorization } = executor.last;
  t.true(await isValid(relay, executor.last, executor.registration));
  t.false(authorization === '');
  t.is(encodePublicKey(harnessKey).x25519_public_key.length, 44);
});

const isValid = async (relay: RelayServer, { harnessKey, authorization }: Asking, registration: string) =>
  (
    await call(relay, 'validate', {
      executor_registration_id: registration,
      harness_public_key: encodePublicKey(harnessKey),
      harness_key_authorization: authorization,
    })
  ).body.valid;

test('each connection has its own stream and its own authorization, and all have the same identity', async (t) => {
  const { executor, route } = await world(t);
  await dial(route);
  await dial(route, new Owner(), { resuming: true });
  const [one, other] = executor.asking as [Asking, Asking];
  t.not(one.streamId, other.streamId);
  t.not(one.authorization, other.authorization);
  t.deepEqual(one.harnessKey, other.harnessKey);
  for (const { streamId } of executor.asking) t.is(canonicalUuid(streamId), streamId);
});

test('two routes have two identities', async (t) => {
  const { relay, executor, route } = await world(t);
  const another = newRoute(relay.address);
  t.teardown(() => another.close());
  await dial(route);
  await dial(another);
  t.notDeepEqual(executor.asking[0]!.harnessKey, executor.asking[1]!.harnessKey);
});

test('a session is resumed at no other executor, and a fresh one is begun there', async (t) => {
  const { relay, executor, route, executorGone } = await world(t);
  await dial(route);
  await executor[Symbol.asyncDispose]();
  await executorGone;
  await using other = await FakeExecutor.start(relay, { identity: newIdentity() });
  await t.throwsAsync(dial(route, new Owner(), { resuming: true }), {
    instanceOf: FinalDialError,
    message: 'executor key changed during session recovery',
  });
  t.deepEqual(other.asking, [], 'it has not been asked');
  await dial(route);
  await dial(route, new Owner(), { resuming: true });
  t.is(other.asking.length, 2);
});

test('a session is resumed at the same executor with another registration', async (t) => {
  const identity = newIdentity();
  const { relay, executor, route, executorGone } = await world(t, { identity });
  await dial(route);
  await executor[Symbol.asyncDispose]();
  await executorGone;
  await using again = await FakeExecutor.start(relay, { identity });
  await dial(route, new Owner(), { resuming: true });
  t.is(again.asking.length, 1);
});

test('who closes the connection has the executor know at once, and leaves nothing', async (t) => {
  const { executor, route, harnessGone } = await world(t);
  const owner = new Owner();
  const connection = await dial(route, owner);
  connection.close('enough');
  t.is(await owner.closed, 'enough');
  await executor.until(() => executor.resets.length > 0);
  t.deepEqual(executor.resets, ['closed']);
  await harnessGone;
});

test('a route that is closed closes what is open, and dials no more', async (t) => {
  const { executor, route, harnessGone } = await world(t);
  const owner = new Owner();
  await dial(route, owner);
  await Promise.all([route.close(), route.close()]);
  t.is(await owner.closed, 'closed by this side');
  await executor.until(() => executor.resets.length > 0);
  await harnessGone;
  await t.throwsAsync(dial(route), { message: 'the way to the environment is closed' });
});

test('a response that comes twice is taken once', async (t) => {
  const { executor, route } = await world(t, { asked: (asking) => asking.accept(2) });
  const answered = deferred<void>();
  const connection = await dial(route, new Owner(answered.resolve));
  connection.send(status);
  await answered.promise;
  t.is(executor.asking.length, 1);
  t.deepEqual(executor.resets, []);
});

const refusals: readonly (readonly [what: string, act: (asking: Asking) => void, message: RegExp])[] = [
  ['a reset', (asking) => asking.send({ kind: 'reset', reason: 'secret' }), /^Noise relay stream reset$/],
  [
    'data',
    (asking) => asking.send({ kind: 'data', seq: 0, payload: Buffer.from('x') }),
    /^Noise relay received data before handshake completion$/,
  ],
  [
    'a response that is none',
    (asking) => asking.send({ kind: 'handshake', payload: Buffer.alloc(3440, 1) }),
    /^Noise channel handshake failed: /,
  ],
];
for (const [what, act, message] of refusals) {
  test(`${what} instead of a response ends the connect, and one attempt to resume, which is worth another`, async (t) => {
    const { executor, route } = await world(t, { asked: act });
    for (const resuming of [false, true]) {
      const error = await t.throwsAsync(dial(route, new Owner(), { resuming }), { message });
      t.false(error instanceof FinalDialError);
    }
    t.is(executor.asking.length, 2);
    await executor.until(() => executor.resets.length === 2);
  });
}

test('an executor whose credentials the registry rejects is not asked again', async (t) => {
  const { executor, route } = await world(t, { asked: (asking) => asking.reject() });
  for (const resuming of [false, true]) {
    await t.throwsAsync(dial(route, new Owner(), { resuming }), {
      instanceOf: FinalDialError,
      message: 'environment registry rejected executor credentials',
    });
  }
  t.is(executor.asking.length, 2);
});

test('an executor that does not answer in time is asked once more on another stream', async (t) => {
  const { relay, executor } = await world(t, { asked: (asking, nth) => nth > 1 && asking.accept() });
  const route = newRoute(relay.address, { answerMs: 50 });
  t.teardown(() => route.close());
  const connecting = dial(route);
  await executor.until(() => executor.asking.length === 2);
  // It may have been too slow for 50 ms the second time, on a machine that is busy: what counts is that it was asked.
  await connecting.catch((error) => t.regex(error.message, /did not answer the handshake within 0\.05 s$/));
  t.not(executor.asking[0]!.streamId, executor.asking[1]!.streamId);
});

test('an executor that never answers is asked twice for a first connection, and once for a session', async (t) => {
  const { relay, executor } = await world(t, { asked: () => {} });
  const route = newRoute(relay.address, { answerMs: 20 });
  t.teardown(() => route.close());
  for (const [resuming, asked] of [
    [false, 2],
    [true, 3],
  ] as const) {
    const error = await t.throwsAsync(dial(route, new Owner(), { resuming }), {
      message: 'the executor did not answer the handshake within 0.02 s',
    });
    t.false(error instanceof FinalDialError);
    await executor.until(() => executor.asking.length >= asked);
    t.is(executor.asking.length, asked);
  }
});

const ends: readonly (readonly [what: string, act: (asking: Asking) => void, reason: string])[] = [
  ['a reset', (asking) => asking.send({ kind: 'reset', reason: 'secret' }), 'Noise relay stream reset'],
  [
    'another response',
    (asking) => asking.send({ kind: 'handshake', payload: Buffer.alloc(3440, 1) }),
    'Noise relay received invalid post-handshake frame',
  ],
  [
    'a record that cannot be opened',
    (asking) => asking.send({ kind: 'data', seq: 0, payload: Buffer.alloc(40, 1) }),
    'Noise relay decryption failed: Noise channel transport failed: decryption failed',
  ],
];
for (const [what, act, reason] of ends) {
  test(`${what} ends an open connection`, async (t) => {
    const { executor, route } = await world(t);
    const owner = new Owner();
    await dial(route, owner);
    act(executor.last);
    t.is(await owner.closed, reason);
    await executor.until(() => executor.resets.length === 1);
  });
}

test('a rendezvous that goes away ends an open connection', async (t) => {
  const { relay, route } = await world(t);
  const owner = new Owner();
  await dial(route, owner);
  await relay.close();
  t.is(await owner.closed, 'the rendezvous closed the link');
});

test('a dial can be given up while the executor is waited for', async (t) => {
  const reason = new Error('given up');
  const abort = new AbortController();
  const { relay, executor, harnessGone } = await world(t, { asked: () => abort.abort(reason) });
  const route = newRoute(relay.address);
  await t.throwsAsync(dial(route, new Owner(), { signal: abort.signal }), { is: reason });
  await executor.until(() => executor.resets.length === 1);
  await t.throwsAsync(dial(route, new Owner(), { signal: abort.signal }), { is: reason });
  t.is(executor.asking.length, 1);
  await route.close();
  await harnessGone;
});
