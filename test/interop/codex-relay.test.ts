/** Real harnesses on real executors, through our relay. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { interop } from './support/interop-test.js';
import { openMeetingPoint } from './support/meeting-point.js';
import { openRelayWorld, type RelayWorld } from './support/relay-world.js';
import { execCommand } from './support/script.js';
import { oneCommand } from './support/script-parts.js';

interop('a real harness runs a command on a real executor through the relay, which sees nothing of it', async (t) => {
  await using world = await openRelayWorld();
  await world.startExecutor();
  const answer = await world
    .harness()
    .run(oneCommand(execCommand('printf "%s-%s\\n" Zauberwort Klartext; echo Zauberspruch >&2; exit 7')));
  t.like(answer, { state: 'exited', exitCode: 7 });
  t.true(answer.output.includes('Zauberwort-Klartext') && answer.output.includes('Zauberspruch'));

  const { frames, bodies, calls } = world.tap;
  t.deepEqual(calls, ['register 200', 'connect 200', 'validate 200']);
  const passed = Buffer.concat([...frames, ...bodies]);
  t.true(frames.length > 10 && passed.length > 10_000, `${frames.length} frames, ${passed.length} bytes`);
  const secrets = ['Zauberwort', 'Klartext', 'Zauberspruch', 'printf', 'jsonrpc', 'process/start', 'initialize'];
  for (const [before, secret] of secrets.entries()) {
    const inBase64 = Buffer.from(`${'.'.repeat(before)}${secret}..`).toString('base64');
    t.true(
      spellings(secret).some((spelling) => inBase64.includes(spelling)),
      'it would be found in base64',
    );
  }
  for (const secret of secrets.flatMap(spellings)) t.false(passed.includes(secret), secret);
  for (const token of Object.values(world.tokens)) t.false(world.said.includes(token));
});

/** The text as it is, and as it stands in base64, wherever it may begin there. */
function spellings(text: string): string[] {
  const shifted = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), Buffer.from(text)])
      .toString('base64')
      .slice(before === 0 ? 0 : before + 1, -4),
  );
  return [text, ...shifted];
}

interop('two real harnesses use one real executor at once', async (t) => {
  await using world = await openRelayWorld();
  await world.startExecutor();
  await using meeting = await openMeetingPoint(2);
  const answers = await Promise.all(
    ['one', 'two'].map((name) =>
      world.harness().run(oneCommand(execCommand(`bash -c '${meeting.arrive}; echo ${name}'`))),
    ),
  );
  t.deepEqual(
    answers.map(({ output }) => output),
    ['one\n', 'two\n'],
  );
  t.is(world.tap.calls.filter((call) => call === 'validate 200').length, 2);
});

interop('wrong tokens get 401 and no more, and one role has not the rights of the other', async (t) => {
  await using world = await openRelayWorld();
  const { executor, harness } = world.tokens;
  for (const [token, said] of [
    ['wrong', /401 Unauthorized\): the token is not one of this environment/],
    [harness, /403 Forbidden\): the token is not that of an executor/],
  ] as const) {
    const refused = await world.launchExecutor(token);
    t.is((await refused.ended).code, 1);
    t.regex(refused.stderr, said);
  }
  await world.startExecutor();
  for (const token of ['wrong', executor]) {
    await t.throwsAsync(world.harness(token).run(oneCommand(execCommand('echo never'))));
  }
  const calls = [...new Set(world.tap.calls)];
  t.deepEqual(calls, ['register 401', 'register 403', 'register 200', 'connect 401', 'connect 403']);
  t.deepEqual(world.tap.frames, []);
});

for (const [happening, happen] of [
  ['all links are cut', (world: RelayWorld) => world.tap.cutLinks()],
  ['the relay is started again', (world: RelayWorld) => world.restartRelay()],
] as const) {
  interop(`when ${happening} a real executor and a real harness come back, and the command goes on`, async (t) => {
    await using world = await openRelayWorld();
    await world.startExecutor();
    await using started = await openMeetingPoint(1);
    await using released = await openMeetingPoint(2);
    const script = `echo before; (${started.arrive}); ${released.arrive}; echo after`;
    const running = world.harness().run(oneCommand(execCommand(`bash -c '${script}'`)));
    await Promise.race([started.allGone, running]);
    const linked = world.tap.executorLinked();
    await happen(world);
    await linked;
    await promisify(execFile)('bash', ['-c', released.arrive]);
    t.is((await running).output, 'before\nafter\n');
    t.is(world.tap.calls.includes('executor link 401'), happening === 'the relay is started again');
  });
}

interop('a second real executor waits until the first one has gone', async (t) => {
  await using world = await openRelayWorld();
  const first = await world.startExecutor();
  const told = world.tap.called('register 503');
  await world.launchExecutor(world.tokens.executor);
  await told;
  const linked = world.tap.executorLinked();
  first.kill('SIGTERM');
  await linked;
  const { output } = await world.harness().run(oneCommand(execCommand('echo second')));
  t.is(output, 'second\n');
});
