/** Real harnesses on executors that nobody can dial, through our relay: on the real one, and on ours. */
import { assertCounted, startCounting } from './support/counting.js';
import { interop } from './support/interop-test.js';
import { meanwhile } from './support/meanwhile.js';
import { openMeetingPoint } from './support/meeting-point.js';
import { MAKERS, openRelayWorld, type RelayWorld } from './support/relay-world.js';
import { execCommand } from './support/script.js';
import { oneCommand } from './support/script-parts.js';
import { assertUnreadable } from './support/unreadable.js';

const SECRETS = ['Zauberwort', 'Klartext', 'Zauberspruch', 'printf', 'jsonrpc', 'process/start', 'initialize'];

for (const maker of MAKERS) {
  interop(
    `a real harness runs a command on an executor of ${maker} through the relay, which sees nothing of it`,
    async (t) => {
      await using world = await openRelayWorld();
      await world.startExecutor(maker);
      const answer = await world
        .harness()
        .run(oneCommand(execCommand('printf "%s-%s\\n" Zauberwort Klartext; echo Zauberspruch >&2; exit 7')));
      t.like(answer, { state: 'exited', exitCode: 7 });
      t.true(answer.output.includes('Zauberwort-Klartext') && answer.output.includes('Zauberspruch'));
      t.deepEqual(world.tap.calls, ['register 200', 'connect 200', 'validate 200']);
      assertUnreadable(t, world, SECRETS);
    },
  );
}

const cutAll = { happening: 'all links are cut', happen: ({ tap }: RelayWorld) => tap.cutLinks() };
const cutExecutor = { happening: 'its link is cut', happen: ({ tap }: RelayWorld) => tap.cutLinks('executor') };
const restart = { happening: 'the relay is started again', happen: (world: RelayWorld) => world.restartRelay() };

for (const [maker, { happening, happen }] of [
  ['codex', cutAll],
  ['codex', restart],
  ['farhand', cutExecutor],
  ['farhand', restart],
] as const) {
  interop(
    `when ${happening} an executor of ${maker} and a real harness come back, and the output is whole`,
    async (t) => {
      await using world = await openRelayWorld();
      await world.startExecutor(maker);
      await using released = await openMeetingPoint(2);
      const counting = startCounting(world.harness(), 'it', released);
      await counting.begun;
      const back = Promise.all([world.tap.linked('executor'), world.tap.linked('harness')]);
      await happen(world);
      await meanwhile(counting.output, back);
      released.arriveAlso();
      assertCounted(t, 'it', await counting.output);
      t.is(world.tap.calls.includes('executor link 401'), happening === restart.happening);
    },
  );
}

interop('two real harnesses use one real executor at once', async (t) => {
  await using world = await openRelayWorld();
  await world.startExecutor();
  await using meeting = await openMeetingPoint(2);
  const answers = await Promise.all(
    ['one', 'two'].map((name) => world.harness().run(oneCommand(execCommand(`${meeting.arrive}; echo ${name}`)))),
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
  for (const maker of MAKERS) {
    for (const [token, said] of [
      ['wrong', /401 Unauthorized\): the token is not one of this environment/],
      [harness, /403 Forbidden\): the token is not that of an executor/],
    ] as const) {
      const refused = await world.launchExecutor(maker, token);
      t.is((await refused.ended).code, 1);
      t.regex(refused.stderr, said);
    }
  }
  await world.startExecutor();
  for (const token of ['wrong', executor]) {
    await t.throwsAsync(world.harness({ token }).run(oneCommand(execCommand('echo never'))));
  }
  const calls = [...new Set(world.tap.calls)];
  t.deepEqual(calls, ['register 401', 'register 403', 'register 200', 'connect 401', 'connect 403']);
  t.deepEqual(world.tap.frames, []);
});

for (const [first, second] of [
  ['codex', 'farhand'],
  ['farhand', 'codex'],
] as const) {
  interop(`an executor of ${second} waits until one of ${first} has gone`, async (t) => {
    await using world = await openRelayWorld();
    const present = await world.startExecutor(first);
    const told = world.tap.called('register 503');
    await world.launchExecutor(second, world.tokens.executor);
    await told;
    const linked = world.tap.linked('executor');
    present.kill('SIGTERM');
    await linked;
    const { output } = await world.harness().run(oneCommand(execCommand('echo second')));
    t.is(output, 'second\n');
  });
}
