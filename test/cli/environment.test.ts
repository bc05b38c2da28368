/** The commands on an executor that nobody can dial: through a relay, to one that runs in this program. */
import test from 'ava';
import { Executor } from '#src/executor.js';
import { RemoteExecutor } from '#src/remote/remote-executor.js';
import type { RelayServer } from '#src/rendezvous/relay-server.js';
import { FakeRegistry } from '#test/harness/support/fake-registry.js';
import { ENVIRONMENT, EXECUTOR, HARNESS, startRelay } from '#test/rendezvous/support/relay-ends.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { FarhandProgram, farhand } from './support/farhand.js';

let relay: RelayServer;
let url: string;
const executor = new Executor();
const stop = new AbortController();
let serving: Promise<void>;

test.before(async () => {
  relay = await startRelay();
  url = `${relay.address}/${ENVIRONMENT}`;
  const connected = new Promise<void>((resolve) => {
    const remote = RemoteExecutor.withBearerToken({
      registryUrl: relay.address,
      environmentId: ENVIRONMENT,
      token: EXECUTOR,
      accept: executor.accept,
      log: ({ event }) => event === 'connected' && resolve(),
    });
    serving = remote.run(stop.signal);
  });
  await connected;
});

test.after.always(async () => {
  stop.abort();
  await serving;
  await executor.close();
  await relay.close();
});

test.serial('a command runs there, with our input, its output and its exit code', async (t) => {
  const { code, stdout, stderr } = await farhand(['run', url, '--', 'sh', '-c', 'sort; exit 7'], {
    input: 'b\na\n',
    env: { FARHAND_TOKEN: HARNESS },
  });
  t.deepEqual([code, stdout.toString(), stderr], [7, 'a\nb\n', '']);
});

test.serial('the token is that of Codex, too, and others win over it', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('token', `${HARNESS}\n`);
  const run = async (flags: readonly string[], env: Readonly<Record<string, string>>) =>
    (await farhand(['run', ...flags, url, '--', 'true'], { env })).code;
  const codex = 'CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN';
  t.is(await run([], { [codex]: HARNESS }), 0);
  t.is(await run([], { FARHAND_TOKEN: HARNESS, [codex]: 'wrong' }), 0);
  t.is(await run([], { FARHAND_TOKEN: '', [codex]: HARNESS }), 0, 'an empty variable is none');
  t.is(await run(['--token-file', folder.file('token')], { FARHAND_TOKEN: 'wrong', [codex]: 'wrong' }), 0);
  t.is(await run([], { FARHAND_TOKEN: 'wrong', [codex]: HARNESS }), 255);
});

test.serial('a file is copied there and back', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('here', 'some text\n');
  const env = { FARHAND_TOKEN: HARNESS };
  const there = `${url}:${folder.file('there')}`;
  t.like(await farhand(['cp', '-q', folder.file('here'), there], { env }), { code: 0, stderr: '' });
  t.is(folder.read('there'), 'some text\n');
  t.like(await farhand(['cp', '-q', there, folder.file('back')], { env }), { code: 0, stderr: '' });
  t.is(folder.read('back'), 'some text\n');
  const { code, stderr } = await farhand(['cp', `${there}-not`, folder.path], { env });
  t.is(code, 1);
  t.true(stderr.includes(`${there}-not: `), 'the place is named as it was given');
});

test.serial('without a token nothing is asked, and the ways to give one are told', async (t) => {
  const { code, stderr } = await farhand(['run', url, '--', 'true']);
  t.is(code, 2);
  t.is(
    stderr,
    "farhand: give the environment's token for clients with --token-file FILE, FARHAND_TOKEN or CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN\n",
  );
});

test.serial('a token that the registry does not accept is told, and not said', async (t) => {
  const { code, stderr } = await farhand(['run', url, '--', 'true'], { env: { FARHAND_TOKEN: 'hush-hush' } });
  t.is(code, 255);
  t.is(
    stderr,
    `farhand: cannot connect to ${url}: environment registry authentication error: environment registry ` +
      'authentication failed (401 Unauthorized): the token is not one of this environment; ' +
      "the registry does not accept this token: is it the environment's token for clients?\n",
  );
  const executorToken = await farhand(['run', url, '--', 'true'], { env: { FARHAND_TOKEN: EXECUTOR } });
  t.regex(executorToken.stderr, /\(403 Forbidden\).*is it the environment's token for clients\?\n$/);
});

test.serial('an environment that is not there is called in question', async (t) => {
  await using registry = await FakeRegistry.start({ answers: [{ status: 404 }] });
  const { code, stderr } = await farhand(['run', `${registry.url}/other`, '--', 'true'], {
    env: { FARHAND_TOKEN: 'the-token' },
  });
  t.is(code, 255);
  t.regex(stderr, /\(404 Not Found\): no; does this registry know this environment\?\n$/);
});

test.serial("Codex's account goes with Codex's token, and with no other", async (t) => {
  await using registry = await FakeRegistry.start({ answers: [{ status: 404 }] });
  const account = { CODEX_EXEC_SERVER_NOISE_CHATGPT_ACCOUNT_ID: 'account-1' };
  const run = (env: Readonly<Record<string, string>>) =>
    farhand(['run', `${registry.url}/other`, '--', 'true'], { env: { ...account, ...env } });
  await run({ CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN: 'the-token' });
  await run({ FARHAND_TOKEN: 'the-token' });
  t.deepEqual(registry.accounts, ['account-1', undefined]);
});

test.serial('while an executor is away, that it is waited for is said', async (t) => {
  await using registry = await FakeRegistry.start({ answers: [{ status: 409, code: 'environment_offline' }] });
  await using program = new FarhandProgram(['run', `${registry.url}/away`, '--', 'true'], {
    env: { FARHAND_TOKEN: 'the-token' },
  });
  await program.says(/^farhand: there is no connection yet, still trying\n$/, 'stderr');
  t.true(registry.bodies.length > 0);
});
