import { codexOn } from './support/codex-exec.js';
import { startFarhandServer } from './support/farhand-server.js';
import { interop } from './support/interop-test.js';
import { startReferenceServer } from './support/reference-server.js';
import { CURRENT_RELEASE, RELEASES } from './support/releases.js';
import { SCENARIOS } from './support/scenarios.js';
import { execCommand } from './support/script.js';
import { oneStep } from './support/script-parts.js';
import { withoutChance } from './support/without-chance.js';

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

for (const release of RELEASES) {
  interop(
    `through Codex ${release} a model is told the same on Farhand as on the release's own executor`,
    async (t) => {
      await using farhand = await startFarhandServer();
      await using reference = await startReferenceServer(release);
      // By the limit of file locks, which limits nothing, we know whose descendant a process is.
      const limits = "ulimit -a | grep -v 'file locks'";
      const script = () => oneStep([execCommand(`pwd; env | sort; ${limits}; umask; exit 9`)]);
      const onFarhand = await codexOn(release, farhand.url).converse(script());
      const onReference = await codexOn(release, reference.url).converse(script());
      t.is(onFarhand.requests.length, 2);
      t.deepEqual(onFarhand.requests.map(withoutChance), onReference.requests.map(withoutChance));
    },
  );
}
