import { PROCESS_END } from '#src/protocol/process-end.js';
import { type RecordedMessage, type RecordingProxy, startRecordingProxy } from '#test/support/recording-proxy.js';
import { codexOn } from './support/codex-exec.js';
import { startFarhandServer } from './support/farhand-server.js';
import { interop } from './support/interop-test.js';
import { RELEASES } from './support/releases.js';
import { SCENARIOS } from './support/scenarios.js';
import { writeStdin } from './support/script.js';
import { oneCommand, shown } from './support/script-parts.js';
import { exitCode } from './support/tool-answer.js';

// A real Codex asks for nothing beyond its release, and gets nothing. Here it is made to ask: what it then gets it does not know,
// and does as ever.

const SOME = [
  'one-shot command',
  'into a terminal',
  '5 MiB of output that come at once',
  'that was killed',
  'without a terminal',
];

/** An `initialize` asks for what our own clients ask for. */
function asking({ from, text }: RecordedMessage): string {
  const message = JSON.parse(text);
  if (from !== 'client' || message.method !== 'initialize') return text;
  return JSON.stringify({ ...message, params: { ...message.params, extensions: [PROCESS_END] } });
}

/** Ends that were told, as they were told: pushed or read. */
const endsIn = (wire: RecordingProxy) =>
  wire.messages.flatMap(({ from, text }) => {
    const { method, params, result } = JSON.parse(text);
    if (from !== 'server') return [];
    if (method === 'process/exited') return [params];
    return result?.exited === true ? [result] : [];
  });

for (const release of RELEASES) {
  for (const { title, play } of SCENARIOS.filter((scenario) => SOME.some((words) => scenario.title.includes(words)))) {
    interop(`told more than it knows, a model through Codex ${release} ${title}`, async (t) => {
      await using server = await startFarhandServer();
      await using wire = await startRecordingProxy(server.url, asking);
      await play(t, codexOn(release, wire.url));
      const ends = endsIn(wire);
      t.true(ends.length > 0);
      for (const { cause, usage } of ends) t.true(typeof cause.type === 'string' && usage.wallMs > 0);
    });
  }

  interop(`told more than it knows, Codex ${release} resumes its session after a cut`, async (t) => {
    await using server = await startFarhandServer();
    await using wire = await startRecordingProxy(server.url, asking);
    const [transcript, last] = await codexOn(release, wire.url).run(
      (function* () {
        const command = 'echo before; read -r line; echo "after $line"; exit 7';
        const { answer, transcript: start } = yield* shown(command, { tty: true, after: 'before' });
        if (answer.state !== 'running') throw new Error(`ended before the cut: ${start}`);
        wire.cut();
        const end = yield* oneCommand(writeStdin(answer.sessionId, 'the cut\n'));
        return [start + end.output, end] as const;
      })(),
    );
    t.is(transcript, 'before\r\nthe cut\r\nafter the cut\r\n');
    t.is(exitCode(last), 7);
    t.true(wire.messages.some(({ from, text }) => from === 'server' && text.includes('"lostBytes":0')));
    t.deepEqual(endsIn(wire)[0].cause, { type: 'exited' });
  });
}
