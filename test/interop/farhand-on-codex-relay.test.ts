/** Our client on a real executor that nobody can dial, through our relay. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Client, connect } from '#src/index.js';
import { interop } from './support/interop-test.js';
import { openMeetingPoint } from './support/meeting-point.js';
import { openRelayWorld, type RelayWorld } from './support/relay-world.js';

const connectThere = ({ tap, tokens }: RelayWorld): Promise<Client> =>
  connect(`${tap.url}/env-1`, { token: tokens.harness });

interop('a command on a real executor behind the relay gives its outputs and its exit code', async (t) => {
  await using world = await openRelayWorld();
  await world.startExecutor();
  await using client = await connectThere(world);
  const { exitCode, stdoutText, stderrText, complete } = await client.run(
    ['bash', '-c', 'cat; echo Zauberspruch >&2; exit 3'],
    { input: 'Zauberwort' },
  );
  t.deepEqual([exitCode, stdoutText, stderrText, complete], [3, 'Zauberwort', 'Zauberspruch\n', true]);
  t.deepEqual(world.tap.calls, ['register 200', 'connect 200', 'validate 200']);
  const passed = Buffer.concat([...world.tap.frames, ...world.tap.bodies]);
  t.true(passed.length > 5_000);
  for (const secret of ['Zauber', 'process/start']) {
    t.false(passed.includes(secret));
    t.false(passed.includes(Buffer.from(secret).toString('base64').slice(0, -4)));
  }
});

interop('a flood of a real executor, which sends nothing twice, comes whole', async (t) => {
  await using world = await openRelayWorld();
  await world.startExecutor();
  await using client = await connectThere(world);
  const bytes = 24 * 1024 * 1024;
  const { exitCode, stdout, complete } = await client.run(['head', '-c', String(bytes), '/dev/zero']);
  t.deepEqual([exitCode, stdout.length, complete], [0, bytes, true]);
  t.is(world.tap.calls.filter((call) => call === 'connect 200').length, 1, 'on one stream');
});

interop('when all links are cut the session is resumed, with the same command', async (t) => {
  await using world = await openRelayWorld();
  await world.startExecutor();
  await using client = await connectThere(world);
  await using started = await openMeetingPoint(1);
  await using released = await openMeetingPoint(2);
  const script = `echo before; (${started.arrive}); ${released.arrive}; echo after`;
  const running = client.run(['bash', '-c', script]);
  await Promise.race([started.allGone, running]);
  const resumed = new Promise<void>((resolve) => client.onStateChange((state) => state === 'connected' && resolve()));
  const { sessionId } = client;
  await world.tap.cutLinks();
  await resumed;
  t.is(client.sessionId, sessionId);
  await promisify(execFile)('bash', ['-c', released.arrive]);
  t.like(await running, { exitCode: 0, stdoutText: 'before\nafter\n', complete: true });
});

interop(
  'a real executor that was started again is another one: the session is lost, and the next one is there',
  async (t) => {
    await using world = await openRelayWorld();
    const executor = await world.startExecutor();
    await using client = await connectThere(world);
    const failed = new Promise<void>((resolve) => client.onStateChange((state) => state === 'failed' && resolve()));
    const sleeping = await client.start(['sleep', '1000']);
    executor.kill('SIGKILL');
    await executor.ended;
    await world.startExecutor();
    await failed;
    await t.throwsAsync(sleeping.exit, {
      code: 'SESSION_LOST',
      message: /failed to resume exec-server session: .*: executor key changed during session recovery$/,
    });
    t.is((await client.run(['echo', 'again'])).stdoutText, 'again\n');
  },
);
