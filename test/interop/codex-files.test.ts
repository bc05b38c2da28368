import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { differingCalls } from './support/answered-calls.js';
import { codexOn } from './support/codex-exec.js';
import { startFarhandServer } from './support/farhand-server.js';
import { freshFolder } from './support/fresh-folder.js';
import { interop } from './support/interop-test.js';
import type { ListeningServer } from './support/listening-server.js';
import { patchScenario } from './support/patch-scenario.js';
import { pictureScenario } from './support/picture-scenario.js';
import { play } from './support/play.js';
import { homeScenario, projectScenario } from './support/project-scenario.js';
import { startReferenceServer } from './support/reference-server.js';
import { CURRENT_RELEASE, RELEASES } from './support/releases.js';
import { applyPatch, type ToolOutput } from './support/script.js';
import { inTurn } from './support/script-parts.js';
import { withoutChance } from './support/without-chance.js';

// Real clients work on files that only the executor has. What their models must see is stated; whatever is not stated
// must be as it is on the release's own executor.

for (const release of RELEASES) {
  const scenarios = [projectScenario, patchScenario(release), pictureScenario(release)];
  for (const scenario of release === CURRENT_RELEASE ? [...scenarios, homeScenario] : scenarios) {
    interop(
      `through Codex ${release} a model ${scenario.title}, on Farhand as on the release's own executor`,
      async (t) => {
        const reference = await play(release, scenario, () => startReferenceServer(release));
        scenario.check(t, reference);
        t.deepEqual(reference.nearFiles, {});
        const farhand = await play(release, scenario, startFarhandServer);
        scenario.check(t, farhand);
        t.deepEqual(farhand.nearFiles, {});
        t.deepEqual(withoutChance(farhand.lastRequest), withoutChance(reference.lastRequest));
        t.deepEqual(differingCalls(reference.messages, farhand.messages), []);
      },
    );
  }
}

/** 250,000 lines of 80 bytes: 20 MB, and 26.7 MB in base64, where the client takes no frame over 16 MiB. */
const LINES = 250_000;
const MIDDLE = LINES / 2;
const numbered = (n: number): string => String(n).padStart(79, '.');
/** The file's text, with `middle` for the line in its middle. */
const hugeText = (middle: string): string =>
  Array.from({ length: LINES }, (_, n) => `${n === MIDDLE ? middle : numbered(n)}\n`).join('');

/** What a model is told of patching one line of the file, and the file afterwards. */
async function patchHugeFile(start: () => Promise<ListeningServer>): Promise<{ told: ToolOutput; file: string }> {
  await using server = await start();
  await using work = await freshFolder();
  const path = join(work.path, 'huge.txt');
  await writeFile(path, hugeText(numbered(MIDDLE)));
  // Nothing between the two: a proxy would cut the messages into frames of its own.
  const codex = codexOn(CURRENT_RELEASE, server.url, { cwd: work.path });
  const patch = applyPatch('*** Update File: huge.txt', '@@', `-${numbered(MIDDLE)}`, '+changed');
  const [told] = await codex.run(inTurn([patch]));
  return { told: told!, file: await readFile(path, 'utf8') };
}

interop(`through Codex ${CURRENT_RELEASE} a model patches a file of 20 MB on Farhand`, async (t) => {
  const { told, file } = await patchHugeFile(startFarhandServer);
  t.regex(String(told), /Success\. Updated the following files:\nM huge\.txt\n$/);
  t.true(file === hugeText('changed'));
});

interop(`through Codex ${CURRENT_RELEASE} a model cannot patch a file of 20 MB on its own executor`, async (t) => {
  const { told, file } = await patchHugeFile(() => startReferenceServer(CURRENT_RELEASE));
  t.regex(String(told), /Failed to read file to update .*: exec-server transport closed$/);
  t.true(file === hugeText(numbered(MIDDLE)));
});
