/** A client whose executor is behind a registry and a relay. */
import test, { type ExecutionContext } from 'ava';
import { deferred } from '#src/client/deferred.js';
import { type ConnectOptions, connect, connectFromEnvironment, type EnvironmentTarget } from '#src/index.js';
import { FakeExecutor, type FakeExecutorOptions, newIdentity } from '#test/harness/support/fake-executor.js';
import { FakeRegistry } from '#test/harness/support/fake-registry.js';
import { ENVIRONMENT, HARNESS, startRelay } from '#test/rendezvous/support/relay-ends.js';

async function world(t: ExecutionContext, options: FakeExecutorOptions = {}) {
  const executorGone = deferred<void>();
  const relay = await startRelay({ say: (line) => line.endsWith('executor disconnected') && executorGone.resolve() });
  const executor = await FakeExecutor.start(relay, options);
  t.teardown(async () => {
    await executor[Symbol.asyncDispose]();
    await relay.close();
  });
  const url = `${relay.address}/${ENVIRONMENT}`;
  return { relay, executor, url, executorGone: executorGone.promise };
}

test('an environment is reached by its URL, and left with nothing behind', async (t) => {
  const { executor, url } = await world(t);
  const client = await connect(url, { token: HARNESS });
  t.is(client.sessionId, 's');
  t.is(await client.status(), 'ready');
  await client.close();
  await executor.until(() => executor.resets.length > 0);
  t.deepEqual(executor.initialized, [{ clientName: 'farhand', resumeSessionId: null, extensions: ['processEnd'] }]);
});

test('an environment is reached by registry and id, and by variables, which win over that of a WebSocket', async (t) => {
  const { relay } = await world(t);
  {
    await using client = await connect(
      { registryUrl: `${relay.address}/`, environmentId: ENVIRONMENT, chatgptAccountId: 'account' },
      { token: `${HARNESS}\n` },
    );
    t.is(await client.status(), 'ready');
  }
  await using client = await connectFromEnvironment({
    CODEX_EXEC_SERVER_NOISE_REGISTRY_URL: relay.address,
    CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID: ENVIRONMENT,
    CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN: HARNESS,
    CODEX_EXEC_SERVER_URL: 'ws://127.0.0.1:1',
  });
  t.is(await client.status(), 'ready');
});

test('a stream that is lost is followed by another, on which the session is resumed', async (t) => {
  const { executor, url } = await world(t);
  await using client = await connect(url, { token: HARNESS });
  const recovered = deferred<void>();
  client.onStateChange((state) => state === 'connected' && recovered.resolve());
  executor.last.send({ kind: 'reset', reason: 'noise_relay_protocol_error' });
  await recovered.promise;
  t.is(await client.status(), 'ready');
  t.deepEqual(executor.initialized.at(-1), { clientName: 'farhand', resumeSessionId: 's', extensions: ['processEnd'] });
  const [one, other] = executor.asking;
  t.deepEqual(one!.harnessKey, other!.harnessKey);
});

test('a session is lost when another executor is in its place, and the next operation begins a fresh one', async (t) => {
  const { relay, executor, url, executorGone } = await world(t);
  await using client = await connect(url, { token: HARNESS });
  const failed = deferred<void>();
  client.onStateChange((state) => state === 'failed' && failed.resolve());
  // Whoever has the place before the harness asks: the relay cuts the harness when its executor goes.
  const identity = newIdentity();
  await executor[Symbol.asyncDispose]();
  await executorGone;
  await using other = await FakeExecutor.start(relay, { identity });
  await failed.promise;
  t.deepEqual(other.asking, []);
  t.is(await client.status(), 'ready');
  t.deepEqual(other.initialized, [{ clientName: 'farhand', resumeSessionId: null, extensions: ['processEnd'] }]);
});

test('a registry that refuses is an error that names the environment and what the registry said', async (t) => {
  const { relay, url } = await world(t);
  const error = await t.throwsAsync(connect(url, { token: 'wrong' }), { code: 'CONNECT_FAILED' });
  t.is(
    error!.message,
    `cannot connect to ${relay.address}/${ENVIRONMENT}: environment registry authentication error: ` +
      'environment registry authentication failed (401 Unauthorized): the token is not one of this environment',
  );
});

test('a connect can be given up', async (t) => {
  const { executor, url } = await world(t, { asked: () => {} });
  const abort = new AbortController();
  const connecting = connect(url, { token: HARNESS, signal: abort.signal });
  await executor.until(() => executor.asking.length > 0);
  abort.abort();
  await t.throwsAsync(connecting, { code: 'ABORTED' });
  await executor.until(() => executor.resets.length > 0);
});

test('the account of a target goes to the registry with the token', async (t) => {
  await using registry = await FakeRegistry.start({ answers: [{ status: 403 }] });
  const target = { registryUrl: registry.url, environmentId: 'a/b', chatgptAccountId: ' account-1 ' };
  const error = await t.throwsAsync(connect(target, { token: 't' }), { code: 'CONNECT_FAILED' });
  t.true(error!.message.startsWith(`cannot connect to ${registry.url}/a%2Fb: `));
  t.deepEqual(registry.accounts, ['account-1']);
});

const target: EnvironmentTarget = { registryUrl: 'https://relay.example', environmentId: 'e' };
const mistakes: readonly (readonly [string, string | EnvironmentTarget, ConnectOptions, RegExp])[] = [
  ['no token', target, {}, /^token: environment registry bearer token is required$/],
  ['a blank token', 'https://relay.example/e', { token: ' ' }, /^token: .* is required$/],
  ['a token that is none', target, { token: 'a b' }, /^token: .* cannot be sent in a header$/],
  ['headers', target, { token: 't', headers: {} }, /^headers: are for ws: URLs/],
  ['no scheme', { ...target, registryUrl: 'relay' }, { token: 't' }, /^registryUrl: .*relative URL without a base$/],
  ['a query', { ...target, registryUrl: 'https://h/?q' }, { token: 't' }, /^registryUrl: .*query or fragment$/],
  ['no environment', { ...target, environmentId: ' ' }, { token: 't' }, /^environmentId: .*environment id is required/],
  ['two dots', { ...target, environmentId: '..' }, { token: 't' }, /^environmentId: .*must not be/],
  ['an account', { ...target, chatgptAccountId: 'a b' }, { token: 't' }, /^chatgptAccountId: /],
  ['plain http', { ...target, registryUrl: 'http://h' }, { token: 't' }, /^registryUrl: .*requires https/],
  ['plain http in a URL', 'http://relay.example/e', { token: 't' }, /^url: .*requires https/],
];
for (const [what, where, options, message] of mistakes) {
  test(`${what} is a bad argument, and the field is named`, async (t) => {
    await t.throwsAsync(connect(where, options), { code: 'BAD_ARGUMENT', message });
  });
}

const NAMES =
  'CODEX_EXEC_SERVER_NOISE_REGISTRY_URL, CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID, and CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN';
const variables: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
  [{}, `env: names no executor; expected CODEX_EXEC_SERVER_URL, or ${NAMES}`],
  [{ CODEX_EXEC_SERVER_URL: '' }, `env: names no executor; expected CODEX_EXEC_SERVER_URL, or ${NAMES}`],
  [{ CODEX_EXEC_SERVER_URL: 'none' }, 'env: CODEX_EXEC_SERVER_URL says that there is no executor'],
  [
    { CODEX_EXEC_SERVER_NOISE_REGISTRY_URL: 'https://h', CODEX_EXEC_SERVER_URL: 'ws://127.0.0.1:1' },
    `env: environment registry configuration error: Noise environment requires ${NAMES}`,
  ],
  [
    {
      CODEX_EXEC_SERVER_NOISE_REGISTRY_URL: 'https://h',
      CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID: 'e',
      CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN: '',
    },
    `env: environment registry configuration error: Noise environment requires ${NAMES}`,
  ],
  [
    {
      CODEX_EXEC_SERVER_NOISE_REGISTRY_URL: 'https://h',
      CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID: 'e',
      CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN: ' ',
    },
    'CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN: environment registry bearer token is required',
  ],
];
for (const [env, message] of variables) {
  test(`with ${JSON.stringify(env)} there is nowhere to connect to, and it is said why`, async (t) => {
    await t.throwsAsync(connectFromEnvironment(env), { code: 'BAD_ARGUMENT', message });
  });
}

test('the account alone is no environment: the WebSocket is dialled', async (t) => {
  const env = { CODEX_EXEC_SERVER_NOISE_CHATGPT_ACCOUNT_ID: 'a', CODEX_EXEC_SERVER_URL: 'ws://127.0.0.1:1' };
  await t.throwsAsync(connectFromEnvironment(env), { code: 'CONNECT_FAILED', message: /ws:\/\/127\.0\.0\.1:1/ });
});
