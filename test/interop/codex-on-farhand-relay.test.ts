/** What real harnesses do on our executor, once more for one that nobody can dial: through our relay. */
import { interop } from './support/interop-test.js';
import { patchScenario } from './support/patch-scenario.js';
import { playByRelay } from './support/play-by-relay.js';
import { openRelayWorld } from './support/relay-world.js';
import { REMOTE_RELEASES } from './support/releases.js';
import { writingScenario } from './support/sandbox-scenarios.js';
import { SCENARIOS } from './support/scenarios.js';

for (const release of REMOTE_RELEASES) {
  interop(`every scenario has a model and a Codex ${release} of its own, all at once on one executor`, async (t) => {
    await using world = await openRelayWorld();
    await world.startExecutor('farhand');
    await Promise.all(SCENARIOS.map(({ play }) => play(t, world.harness({ release }))));
    t.is(world.tap.calls.filter((call) => call === 'validate 200').length, SCENARIOS.length);
  });

  for (const scenario of [patchScenario(release), writingScenario]) {
    interop(`through Codex ${release} and the relay a model ${scenario.title}`, async (t) => {
      await using world = await openRelayWorld();
      await world.startExecutor('farhand');
      const played = await playByRelay(world, release, scenario);
      scenario.check(t, played);
      t.deepEqual(played.nearFiles, {});
    });
  }
}
