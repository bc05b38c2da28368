import { text } from 'node:stream/consumers';
import { connectToCodex, untilShown } from './support/client-on-codex.js';
import { interop } from './support/interop-test.js';
import { openMeetingPoint } from './support/meeting-point.js';
import { exitCodesOfTerminated, RELEASES, tellsDenialOnExit } from './support/releases.js';

/** 65,536 lines of 80 bytes: 5 MiB. */
const LINES = 65_536;
const DOTS = '.'.repeat(64);
const UNTIL_INTERRUPTED = `trap 'echo interrupted; exit 42' INT; echo ready; while :; do sleep 0.1; done`;
const CTRL_C = '\u0003';

const bash = (script: string): string[] => ['bash', '-c', script];

for (const release of RELEASES) {
  const reads = tellsDenialOnExit(release) ? 0 : 1;
  const onCodex = `on the executor of ${release}, with ${reads} process/read,`;

  interop(`${onCodex} a one-shot command gives both outputs and its exit code`, async (t) => {
    await using codex = await connectToCodex(release);
    const result = await codex.client.run(bash('echo out; echo err >&2; exit 3'));
    t.is(result.exitCode, 3);
    t.is(result.stdoutText, 'out\n');
    t.is(result.stderrText, 'err\n');
    t.false(result.sandboxDenied);
    t.true(result.complete);
    t.is(codex.wire.count('client', 'process/read'), reads);
  });

  interop(`${onCodex} a terminal takes typed input`, async (t) => {
    await using codex = await connectToCodex(release);
    const command = `printf 'name? '; read -r name; echo "hello $name"; stty size; exit 5`;
    const process = await codex.client.start(bash(command), { tty: true });
    const output = text(process.output);
    await untilShown(process, 'name? ');
    await process.write('Ada\n');
    t.is((await process.exit).exitCode, 5);
    t.is(await output, 'name? Ada\r\nhello Ada\r\n24 80\r\n');
    t.is(codex.wire.count('client', 'process/read'), reads);
  });

  interop(`${onCodex} every byte of 5 MiB of output arrives once`, async (t) => {
    await using codex = await connectToCodex(release);
    const result = await codex.client.run(['seq', '-f', `%015.0f${DOTS}`, `${LINES}`]);
    const expected = Array.from({ length: LINES }, (_, i) => `${String(i + 1).padStart(15, '0')}${DOTS}\n`).join('');
    t.is(result.exitCode, 0);
    t.true(result.complete);
    t.is(result.stdout.length, expected.length);
    t.true(result.stdout.equals(Buffer.from(expected)));
    t.is(codex.wire.count('client', 'process/read'), reads);
  });

  interop(`${onCodex} a killed command has exit code 137`, async (t) => {
    await using codex = await connectToCodex(release);
    const result = await codex.client.run(bash('echo before; kill -KILL $$'));
    t.is(result.exitCode, 137);
    t.is(result.stdoutText, 'before\n');
    t.is(codex.wire.count('client', 'process/read'), reads);
  });

  interop(`on the executor of ${release}, a terminated command ends with everything it started`, async (t) => {
    await using codex = await connectToCodex(release);
    await using meeting = await openMeetingPoint(1);
    const process = await codex.client.start(bash(`${meeting.arrive}; sleep 1000 & echo ready; wait`));
    await untilShown(process, 'ready');
    t.true(await process.terminate());
    const { exitCode } = await process.exit;
    t.true(exitCodesOfTerminated(release).includes(exitCode), `${exitCode}`);
    await t.notThrowsAsync(meeting.allGone);
  });

  interop(`${onCodex} a command without a terminal is interrupted`, async (t) => {
    await using codex = await connectToCodex(release);
    const process = await codex.client.start(bash(UNTIL_INTERRUPTED));
    const output = text(process.output);
    await untilShown(process, 'ready');
    await process.signal('interrupt');
    t.is((await process.exit).exitCode, 42);
    t.is(await output, 'ready\ninterrupted\n');
    t.is(codex.wire.count('client', 'process/read'), reads);
  });

  interop(`${onCodex} a command in a terminal is interrupted by its key`, async (t) => {
    await using codex = await connectToCodex(release);
    const process = await codex.client.start(bash(UNTIL_INTERRUPTED), { tty: true });
    const output = text(process.output);
    await untilShown(process, 'ready');
    await process.write(CTRL_C);
    t.is((await process.exit).exitCode, 42);
    t.is(await output, 'ready\r\n^Cinterrupted\r\n');
    t.is(codex.wire.count('client', 'process/read'), reads);
  });

  interop(`on the executor of ${release}, a process that is let go of leaves nothing behind`, async (t) => {
    await using codex = await connectToCodex(release);
    await using meeting = await openMeetingPoint(1);
    {
      await using process = await codex.client.start(bash(`${meeting.arrive}; echo ready; exec sleep 1000`));
      await untilShown(process, 'ready');
    }
    await t.notThrowsAsync(meeting.allGone);
  });

  interop(
    `on the executor of ${release}, 8 commands run at the same time, with ${reads} process/read each`,
    async (t) => {
      await using codex = await connectToCodex(release);
      await using meeting = await openMeetingPoint(8);
      const numbers = [0, 1, 2, 3, 4, 5, 6, 7];
      const results = await Promise.all(
        numbers.map((n) => codex.client.run(bash(`echo begin ${n}; ${meeting.arrive}; echo end ${n}; exit ${n}`))),
      );
      t.deepEqual(
        results.map(({ exitCode, stdoutText }) => [exitCode, stdoutText]),
        numbers.map((n) => [n, `begin ${n}\nend ${n}\n`]),
      );
      t.is(codex.wire.count('client', 'process/read'), numbers.length * reads);
    },
  );

  interop(`on the executor of ${release}, a process lives through a cut of the connection`, async (t) => {
    await using codex = await connectToCodex(release);
    const command = 'echo before; read -r line; echo "after $line"; exit 7';
    const process = await codex.client.start(bash(command), { stdin: 'pipe' });
    const output = text(process.output);
    await untilShown(process, 'before');
    codex.wire.cut();
    await process.write('the cut\n');
    t.is((await process.exit).exitCode, 7);
    t.is(await output, 'before\nafter the cut\n');
  });
}
