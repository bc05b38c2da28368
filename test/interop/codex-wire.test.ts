import { startRecordingProxy } from '#test/support/recording-proxy.js';
import { answeredCalls, differingCalls } from './support/answered-calls.js';
import { codexOn } from './support/codex-exec.js';
import { startFarhandServer } from './support/farhand-server.js';
import { interop } from './support/interop-test.js';
import type { ListeningServer } from './support/listening-server.js';
import { play } from './support/play.js';
import { startReferenceServer } from './support/reference-server.js';
import { CURRENT_RELEASE, RELEASES, type Release, readsOnlyWhenNeeded } from './support/releases.js';
import { execCommand, type Script, writeStdin } from './support/script.js';
import { oneCommand, oneStep, shown } from './support/script-parts.js';
import type { ToolAnswer } from './support/tool-answer.js';

// What the real Codex and an executor say to each other, where a model alone would not notice.

for (const release of RELEASES.filter(readsOnlyWhenNeeded)) {
  interop(`Codex ${release} gets all it needs of 8 commands on Farhand without process/read`, async (t) => {
    await using server = await startFarhandServer();
    await using wire = await startRecordingProxy(server.url);
    const numbers = [0, 1, 2, 3, 4, 5, 6, 7];
    const answers = await codexOn(release, wire.url).run(
      oneStep(numbers.map((n) => execCommand(`echo out ${n}; echo err ${n} >&2; exit ${n}`))),
    );
    t.deepEqual(
      answers.map((answer) => answer.state === 'exited' && [answer.exitCode, answer.output.split('\n').sort()]),
      numbers.map((n) => [n, ['', `err ${n}`, `out ${n}`]]),
    );
    t.is(wire.count('client', 'process/start'), numbers.length);
    t.is(wire.count('client', 'process/read'), 0);
  });
}

/** How often a 0.169.0 asks for the same thing twice depends on its own timing; this many calls more are chance. */
const CALLS_OF_CHANCE = 4;

interop(
  `Codex ${CURRENT_RELEASE} asks Farhand at its start what it asks its own executor, and not more often`,
  async (t) => {
    const emptyFolder = { files: {}, calls: [] };
    const reference = await play(CURRENT_RELEASE, emptyFolder, () => startReferenceServer(CURRENT_RELEASE));
    const farhand = await play(CURRENT_RELEASE, emptyFolder, startFarhandServer);
    t.deepEqual(differingCalls(reference.messages, farhand.messages), []);
    const calls = answeredCalls(farhand.messages);
    t.true(calls.includes('environmentConfig/read: ok'));
    t.true(calls.includes('fs/watchMissing: ok'));
    t.true(farhand.messages.some(({ text }) => text.includes('"watching":true')));
    const usual = answeredCalls(reference.messages).length;
    t.true(calls.length <= usual + CALLS_OF_CHANCE, `${calls.length} calls instead of ${usual}`);
  },
);

interface Pairing {
  readonly release: Release;
  readonly executor: string;
  readonly start: () => Promise<ListeningServer>;
}

const pairings: readonly Pairing[] = [
  ...RELEASES.map((release) => ({ release, executor: 'Farhand', start: startFarhandServer })),
  // The expectation is the real executor's behaviour: otherwise it would only test itself.
  { release: CURRENT_RELEASE, executor: 'its own executor', start: () => startReferenceServer(CURRENT_RELEASE) },
];

for (const { release, executor, start } of pairings) {
  interop(
    `Codex ${release} resumes its session on ${executor} after a cut, and the model does not notice`,
    async (t) => {
      await using server = await start();
      await using wire = await startRecordingProxy(server.url);
      const [transcript, last] = await codexOn(release, wire.url).run(typedAfterACut(() => wire.cut()));
      t.is(transcript, 'before\r\nthe cut\r\nafter the cut\r\n');
      t.is(last.state === 'exited' && last.exitCode, 7);
      t.is(wire.count('client', 'initialize'), 2);
      t.is(wire.count('client', 'process/start'), 1);
    },
  );
}

function* typedAfterACut(cut: () => void): Script<readonly [transcript: string, last: ToolAnswer]> {
  const command = 'echo before; read -r line; echo "after $line"; exit 7';
  const { answer, transcript } = yield* shown(command, { tty: true, after: 'before' });
  if (answer.state !== 'running') throw new Error(`ended before the cut: ${transcript}`);
  cut();
  const last = yield* oneCommand(writeStdin(answer.sessionId, 'the cut\n'));
  return [transcript + last.output, last];
}
