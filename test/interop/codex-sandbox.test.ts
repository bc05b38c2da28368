import { differingCalls } from './support/answered-calls.js';
import { codexOn } from './support/codex-exec.js';
import { workspaceWrite } from './support/confinements.js';
import { startFarhandServer } from './support/farhand-server.js';
import { interop } from './support/interop-test.js';
import { play } from './support/play.js';
import { processEnds } from './support/process-ends.js';
import { startReferenceServer } from './support/reference-server.js';
import { CURRENT_RELEASE, namesWorkspaces, RELEASES } from './support/releases.js';
import { sandboxScenarios } from './support/sandbox-scenarios.js';
import { CTRL_C, SCENARIOS, UNTIL_INTERRUPTED } from './support/scenarios.js';
import { typed } from './support/script-parts.js';
import { exitCode } from './support/tool-answer.js';
import { withoutChance } from './support/without-chance.js';

// Real clients confine what their models do, and the executor enforces it. What a model is told and what it leaves behind
// is stated; whatever is not stated must be as it is on the release's own executor.

for (const release of RELEASES) {
  // Where a client leaves it to the executor what its workspace is, the executors' answers differ by release. Ours is that of 0.169.0.
  const model = namesWorkspaces(release) ? release : CURRENT_RELEASE;
  for (const scenario of sandboxScenarios(release)) {
    interop(
      `through Codex ${release} a model ${scenario.title}, on Farhand as on the executor of ${model}`,
      async (t) => {
        const reference = await play(release, scenario, () => startReferenceServer(model));
        scenario.check(t, reference);
        const farhand = await play(release, scenario, startFarhandServer);
        scenario.check(t, farhand);
        t.deepEqual(farhand.nearFiles, {});
        t.deepEqual(withoutChance(farhand.lastRequest), withoutChance(reference.lastRequest));
        t.deepEqual(differingCalls(reference.messages, farhand.messages), []);
        t.deepEqual(processEnds(farhand.messages), processEnds(reference.messages));
      },
    );
  }
}

/** The commands of some scenarios call their test over the network. */
const confinement = workspaceWrite('network_access = true');

// Without a terminal an interrupt ends a whole sandbox, whatever the command makes of it.
for (const { title, play: playOut } of SCENARIOS.filter(({ interrupts }) => interrupts !== 'without a terminal')) {
  interop(`through Codex ${CURRENT_RELEASE} in a sandbox on Farhand, a model ${title}`, async (t) => {
    await using server = await startFarhandServer();
    await playOut(t, codexOn(CURRENT_RELEASE, server.url, { confinement }));
  });
}

for (const [where, start] of [
  ['Farhand', startFarhandServer],
  ['its own executor', () => startReferenceServer(CURRENT_RELEASE)],
] as const) {
  interop(
    `through Codex ${CURRENT_RELEASE} a model that interrupts a command in a sandbox on ${where} ends it`,
    async (t) => {
      await using server = await start();
      const codex = codexOn(CURRENT_RELEASE, server.url, { confinement });
      const { answer, transcript } = await codex.run(typed(UNTIL_INTERRUPTED, { after: 'ready', chars: CTRL_C }));
      t.is(exitCode(answer), 130);
      t.is(transcript, 'ready\n');
    },
  );
}
