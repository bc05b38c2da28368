import { codexOn } from './support/codex-exec.js';
import { startFarhandServer } from './support/farhand-server.js';
import { interop } from './support/interop-test.js';
import { startReferenceServer } from './support/reference-server.js';
import { CURRENT_RELEASE, RELEASES } from './support/releases.js';
import { SCENARIOS } from './support/scenarios.js';

for (const release of RELEASES) {
  for (const { title, play } of SCENARIOS) {
    interop(`through Codex ${release} on Farhand, a model ${title}`, async (t) => {
      await using server = await startFarhandServer();
      await play(t, codexOn(release, server.url));
    });
  }
}

// What the scenarios expect is what the real executor does: otherwise they would only test themselves.
for (const { title, play } of SCENARIOS) {
  interop(`through Codex ${CURRENT_RELEASE} on its own executor, a model ${title}`, async (t) => {
    await using server = await startReferenceServer(CURRENT_RELEASE);
    await play(t, codexOn(CURRENT_RELEASE, server.url));
  });
}
