/** Two real harnesses on one executor of ours: what befalls one of them is nothing to the other. */
import { assertCounted, startCounting } from './support/counting.js';
import { interop } from './support/interop-test.js';
import { meanwhile } from './support/meanwhile.js';
import { openMeetingPoint } from './support/meeting-point.js';
import type { Program } from './support/program.js';
import { openRelayWorld, type RelayWorld } from './support/relay-world.js';
import type { TappedLink } from './support/tapped-link.js';

const harnessLinks = ({ tap }: RelayWorld): readonly TappedLink[] => tap.links.filter(({ role }) => role === 'harness');

for (const [what, befall] of [
  ['whose link is cut', async (link: TappedLink) => link.cut()],
  ['who is told that its stream is over', (link: TappedLink) => link.reset()],
] as const) {
  interop(`a harness ${what} comes back, and its neighbour notices nothing`, async (t) => {
    await using world = await openRelayWorld();
    await world.startExecutor('farhand');
    await using released = await openMeetingPoint(3);

    const linked = world.tap.linked('harness');
    const unlucky = startCounting(world.harness(), 'unlucky', released);
    await unlucky.begun;
    const link = await linked;
    const neighbour = startCounting(world.harness({ release: '0.150.0' }), 'neighbour', released);
    await neighbour.begun;
    const back = world.tap.linked('harness');
    await befall(link);
    const second = await meanwhile(unlucky.output, back);
    released.arriveAlso();

    assertCounted(t, 'neighbour', await neighbour.output);
    assertCounted(t, 'unlucky', await unlucky.output);
    const whose = new Map([
      [link, 'unlucky'],
      [second, 'unlucky again'],
    ]);
    t.deepEqual(
      harnessLinks(world).map((each) => whose.get(each) ?? 'neighbour'),
      ['unlucky', 'neighbour', 'unlucky again'],
    );
  });
}

interop('a harness that is killed leaves its command behind, detached, and its neighbour alone', async (t) => {
  await using world = await openRelayWorld();
  await world.startExecutor('farhand');
  await using released = await openMeetingPoint(3);

  const [executor] = world.tap.links;
  const linked = world.tap.linked('harness');
  const programs: Program[] = [];
  const killed = startCounting(world.harness({ started: (program) => programs.push(program) }), 'killed', released);
  await killed.begun;
  const streamId = await (await linked).streamId;
  const neighbour = startCounting(world.harness({ release: '0.150.0' }), 'neighbour', released);
  await neighbour.begun;
  const toldExecutor = executor!.told((frame) => frame.streamId === streamId && frame.body.kind === 'reset');
  for (const program of programs) program.kill('SIGKILL');
  await t.throwsAsync(killed.output, { message: /left the model's script at "calls"/ });
  await toldExecutor;

  // The third is the command of the one that was killed.
  released.arriveAlso();
  assertCounted(t, 'neighbour', await neighbour.output);
  await t.notThrowsAsync(released.allGone);
  t.is(harnessLinks(world).length, 2);
});
