/** Two real harnesses on one executor of ours: what befalls one of them is nothing to the other. */
import { assertCounted, countUntil } from './support/counting.js';
import { interop } from './support/interop-test.js';
import { meanwhile } from './support/meanwhile.js';
import { openMeetingPoint } from './support/meeting-point.js';
import type { Program } from './support/program.js';
import { openRelayWorld, type RelayWorld } from './support/relay-world.js';
import { execCommand } from './support/script.js';
import { oneCommand } from './support/script-parts.js';
import type { TappedLink } from './support/tapped-link.js';

const harnessLinks = ({ tap }: RelayWorld): readonly TappedLink[] => tap.links.filter(({ role }) => role === 'harness');

for (const [what, befall] of [
  ['whose link is cut', async (link: TappedLink) => link.cut()],
  ['who is told that its stream is over', (link: TappedLink) => link.reset()],
] as const) {
  interop(`a harness ${what} comes back, and its neighbour notices nothing`, async (t) => {
    await using world = await openRelayWorld();
    await world.startExecutor('farhand');
    await using started = await openMeetingPoint(2);
    await using released = await openMeetingPoint(3);
    const count = (name: string) => oneCommand(execCommand(countUntil(name, started, released)));

    const linked = world.tap.linked('harness');
    const unlucky = world.harness().run(count('unlucky'));
    const link = await meanwhile(unlucky, linked);
    const neighbour = world.harness({ release: '0.150.0' }).run(count('neighbour'));
    await meanwhile(Promise.race([unlucky, neighbour]), started.allGone);
    const back = world.tap.linked('harness');
    await befall(link);
    const second = await meanwhile(unlucky, back);
    released.arriveAlso();

    assertCounted(t, 'neighbour', (await neighbour).output);
    assertCounted(t, 'unlucky', (await unlucky).output);
    const [first, other, ...more] = harnessLinks(world);
    t.deepEqual([first, more], [link, [second]]);
    t.not(await other?.streamId, await link.streamId);
  });
}

interop('a harness that is killed leaves its command behind, detached, and its neighbour alone', async (t) => {
  await using world = await openRelayWorld();
  await world.startExecutor('farhand');
  await using started = await openMeetingPoint(2);
  await using released = await openMeetingPoint(3);
  const count = (name: string) => oneCommand(execCommand(countUntil(name, started, released)));

  const [executor] = world.tap.links;
  const linked = world.tap.linked('harness');
  const programs: Program[] = [];
  const killed = world.harness({ started: (program) => programs.push(program) }).run(count('killed'));
  const { streamId } = await meanwhile(killed, linked);
  const stream = await streamId;
  const neighbour = world.harness({ release: '0.150.0' }).run(count('neighbour'));
  await meanwhile(Promise.race([killed, neighbour]), started.allGone);
  const toldExecutor = executor!.told((frame) => frame.streamId === stream && frame.body.kind === 'reset');
  for (const program of programs) program.kill('SIGKILL');
  await t.throwsAsync(killed, { message: /left the model's script at "calls"/ });
  await toldExecutor;

  // The third is the command of the one that was killed.
  released.arriveAlso();
  assertCounted(t, 'neighbour', (await neighbour).output);
  await t.notThrowsAsync(released.allGone);
  t.is(harnessLinks(world).length, 2);
});
