/** What a harness makes of the answers of a registry and a rendezvous, whoever these are. */
import { inspect } from 'node:util';
import test from 'ava';
import type { WebSocket } from 'ws';
import { FinalDialError } from '#src/transport/dial-error.js';
import { HARNESS } from '#test/rendezvous/support/relay-ends.js';
import { FakeRegistry, SECRETS } from './support/fake-registry.js';
import { dial, newRoute, Owner } from './support/routes.js';

/** Waits nowhere, and remembers how long it would have been. */
function impatient() {
  const waits: number[] = [];
  const sleep = async (ms: number) => {
    waits.push(ms);
  };
  return { waits, sleep };
}

test('while the environment is offline a first connect asks again, five times in all', async (t) => {
  await using registry = await FakeRegistry.start({ answers: [{ status: 409, code: 'environment_offline' }] });
  const { waits, sleep } = impatient();
  const route = newRoute(registry.url, { sleep });
  const error = await t.throwsAsync(dial(route), { message: /\(409 Conflict, environment_offline\): no$/ });
  t.false(error instanceof FinalDialError);
  t.is(registry.bodies.length, 5);
  t.is(new Set(registry.bodies).size, 1, 'with the same identity');
  t.deepEqual(
    waits.map((ms) => Math.floor(Math.log2(ms / 500))),
    [0, 1, 2, 3],
  );
  await t.throwsAsync(dial(route, new Owner(), { resuming: true }), { message: /environment_offline/ });
  t.is(registry.bodies.length, 6, 'to resume it is asked once');
  await route.close();
});

for (const status of [400, 401, 403, 404, 409]) {
  test(`${status} from the registry is final`, async (t) => {
    await using registry = await FakeRegistry.start({ answers: [{ status }] });
    const route = newRoute(registry.url, impatient());
    for (const resuming of [false, true]) {
      const error = await t.throwsAsync(dial(route, new Owner(), { resuming }), { instanceOf: FinalDialError });
      t.regex(error!.message, new RegExp(`\\(${status} `));
    }
    t.is(registry.bodies.length, 2);
    t.deepEqual(registry.authorizations, [`Bearer ${HARNESS}`, `Bearer ${HARNESS}`]);
    await route.close();
  });
}

test('an address that the rendezvous does not take is replaced once at once', async (t) => {
  await using registry = await FakeRegistry.start({ upgrades: [401] });
  const { waits, sleep } = impatient();
  const route = newRoute(registry.url, { sleep });
  await t.throwsAsync(dial(route), { message: 'the rendezvous answered 401' });
  t.deepEqual(waits, [0]);
  t.deepEqual(
    registry.upgrades.map((url) => url.replace(/\?.*/, '')),
    ['/link/1', '/link/2'],
    'each with a fresh bundle',
  );
  await route.close();
});

for (const status of [403, 500, 302]) {
  test(`an upgrade that is answered with ${status} ends the connect, and is worth another attempt to resume`, async (t) => {
    await using registry = await FakeRegistry.start({ upgrades: [status] });
    const route = newRoute(registry.url, impatient());
    for (const resuming of [false, true]) {
      const error = await t.throwsAsync(dial(route, new Owner(), { resuming }), {
        message: `the rendezvous answered ${status}`,
      });
      t.false(error instanceof FinalDialError);
    }
    t.is(registry.upgrades.length, 2);
    await route.close();
  });
}

test('a rendezvous that closes, breaks off or says text during the handshake is told apart', async (t) => {
  for (const [act, message] of [
    [(link) => link.close(), 'Noise relay websocket received close frame during handshake'],
    [(link) => link.terminate(), 'Noise relay websocket ended during handshake'],
    [(link) => link.send('text'), 'Noise relay transport expects binary protobuf frames'],
    [(link) => link.send(Buffer.from('x')), 'Noise relay received data before handshake completion'],
  ] as const satisfies readonly (readonly [(link: WebSocket) => void, string])[]) {
    await using registry = await FakeRegistry.start({ linked: (link) => link.on('message', () => act(link)) });
    const route = newRoute(registry.url);
    await t.throwsAsync(dial(route), { message });
    await route.close();
  }
});

test('no error says a secret', async (t) => {
  const secrets = [HARNESS, SECRETS.signature, SECRETS.authorization];
  for (const book of [
    { answers: [{ status: 401 }] },
    { upgrades: [403] },
    { upgrades: [101], linked: (link: WebSocket) => link.on('message', () => link.send('text')) },
  ]) {
    await using registry = await FakeRegistry.start(book);
    const route = newRoute(registry.url);
    const error = await t.throwsAsync(dial(route));
    const told = inspect(error, { depth: 10, showHidden: true });
    t.true(told.includes(error!.message));
    for (const secret of secrets) t.false(told.includes(secret), secret);
    await route.close();
  }
});

test('a dial can be given up while the registry is waited for', async (t) => {
  const reason = new Error('given up');
  await using registry = await FakeRegistry.start({ answers: [{ status: 409, code: 'environment_offline' }] });
  const abort = new AbortController();
  const sleep = async (_: number, signal: AbortSignal) => {
    abort.abort(reason);
    signal.throwIfAborted();
  };
  const route = newRoute(registry.url, { sleep });
  await t.throwsAsync(dial(route, new Owner(), { signal: abort.signal }), { is: reason });
  t.is(registry.bodies.length, 1);
  await route.close();
});
