/** `farhand run`: what comes out of the command, and how it is furnished. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { eventually, isRunning } from '#test/support/procfs.js';
import { FarhandProgram, farhand, runOnOneExecutor } from './support/farhand.js';

const { run, sh } = runOnOneExecutor(test);

test.serial('output and errors of the command stay apart', async (t) => {
  const { stdout, stderr, code } = await farhand(sh('echo out; echo err >&2'));
  t.deepEqual([stdout.toString(), stderr, code], ['out\n', 'err\n', 0]);
});

for (const code of [0, 1, 2, 125, 126, 127, 128, 254, 255]) {
  test.serial(`exit code ${code} of the command is ours`, async (t) => {
    t.like(await farhand(sh(`exit ${code}`)), { code, signal: null });
  });
}

for (const [signal, number] of [
  ['TERM', 15],
  ['KILL', 9],
  ['SEGV', 11],
] as const) {
  test.serial(`a command ended by SIG${signal} gives ${128 + number}`, async (t) => {
    t.like(await farhand(sh(`kill -${signal} $$`)), { code: 128 + number, signal: null });
  });
}

test.serial('--cwd and --env place and furnish the command', async (t) => {
  const flags = ['--cwd', '/tmp', '--env', 'A=1', '--env', 'B=x=y z', '--env', 'C='];
  const { stdout } = await farhand(sh('pwd; echo "$A|$B|[$C]"', flags));
  t.is(stdout.toString(), '/tmp\n1|x=y z|[]\n');
});

test.serial('--tty gives the command a terminal of 24 x 80', async (t) => {
  const { stdout, code } = await farhand(sh('test -t 0 && test -t 1 && stty size', ['--tty']));
  t.deepEqual([stdout.toString(), code], ['24 80\r\n', 0]);
});

test.serial('arguments of the command are its own, whatever they look like', async (t) => {
  const argv = ['--help', '--', '-x', '--cwd', '', 'two words', '$HOME', '*', 'é'];
  const { stdout } = await farhand(run(['printf', '%s\\n', ...argv]));
  t.is(stdout.toString(), argv.map((argument) => `${argument}\n`).join(''));
  t.is((await farhand(run(['printf', '%s\\n', ...argv]), { input: '' })).stdout.toString(), stdout.toString());
});

test.serial('a reader of ours that goes away ends the command, without a word', async (t) => {
  await using program = new FarhandProgram(sh('echo $$; exec yes'));
  const [, pid] = await program.says(/^(\d+)\n/);
  program.stdout.destroy();
  t.like(await program.outcome(), { code: 141, signal: null, stderr: '' });
  await eventually(() => !isRunning(Number(pid)));
});

test.serial('a slow reader gets every byte', async (t) => {
  const size = 20_000_000;
  await using program = new FarhandProgram(sh(`seq 1 3000000 | head -c ${size}`));
  program.stdout.removeAllListeners('data');
  const hash = createHash('sha256');
  let received = 0;
  for await (const bytes of program.stdout as AsyncIterable<Buffer>) {
    hash.update(bytes);
    received += bytes.length;
    await delay(2);
  }
  const { stderr, code } = await program.outcome();
  t.deepEqual([received, stderr, code], [size, '', 0]);
  const expected = createHash('sha256');
  const lines = Array.from({ length: 3_000_000 }, (_, index) => `${index + 1}\n`).join('');
  expected.update(lines.slice(0, size));
  t.is(hash.digest('hex'), expected.digest('hex'));
});
