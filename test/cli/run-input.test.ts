/** `farhand run`: our input as the command's. */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import test from 'ava';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { FarhandProgram, farhand, runOnOneExecutor } from './support/farhand.js';

const { run, sh } = runOnOneExecutor(test);

test.serial('megabytes on a pipe reach the command, byte for byte and to their end', async (t) => {
  const input = randomBytes(4_000_001);
  const { stdout, code } = await farhand(run(['sha256sum']), { input });
  t.deepEqual([stdout.toString().split(' ')[0], code], [createHash('sha256').update(input).digest('hex'), 0]);
});

test.serial('an empty pipe is an empty input', async (t) => {
  const { stdout, code } = await farhand(sh('cat; echo end'), { input: '' });
  t.deepEqual([stdout.toString(), code], ['end\n', 0]);
});

test.serial('without an input of ours the command has an empty one', async (t) => {
  const { stdout, code } = await farhand(sh('cat; echo end'));
  t.deepEqual([stdout.toString(), code], ['end\n', 0]);
});

test.serial('a device that is not /dev/null is read', async (t) => {
  const stdin = openSync('/dev/zero', 'r');
  t.teardown(() => closeSync(stdin));
  const { stdout } = await farhand(run(['head', '-c', '5']), { stdin });
  t.deepEqual(stdout, Buffer.alloc(5));
});

test.serial('an input that cannot be read is reported and ends', async (t) => {
  using folder = new TemporaryFolder();
  const stdin = openSync(folder.file('write-only'), 'w');
  t.teardown(() => closeSync(stdin));
  const { stdout, stderr, code } = await farhand(sh('cat; echo end'), { stdin });
  t.deepEqual([stdout.toString(), stderr, code], ['end\n', 'farhand: the input cannot be read: EBADF\n', 0]);
});

test.serial('--no-stdin leaves our input alone', async (t) => {
  const { stdout } = await farhand(sh('cat; echo end', ['--no-stdin']), { input: 'not for you' });
  t.is(stdout.toString(), 'end\n');
});

test.serial('a command may end before its input does', async (t) => {
  const { stdout, stderr, code } = await farhand(run(['head', '-c', '3']), { input: 'abc'.repeat(1_000_000) });
  t.deepEqual([stdout.toString(), stderr, code], ['abc', '', 0]);
});

test.serial('a command whose input never ends can end', async (t) => {
  await using program = new FarhandProgram(sh('read line; echo "got $line"; exit 4'), { stdin: 'pipe' });
  program.stdin.write('this\n');
  t.like(await program.outcome(), { code: 4, stderr: '' });
  t.is(program.text, 'got this\n');
});

test.serial('input reaches the command while it is typed', async (t) => {
  await using program = new FarhandProgram(sh('while read line; do echo "got $line"; done'), { stdin: 'pipe' });
  program.stdin.write('one\n');
  await program.says(/got one/);
  program.stdin.write('two\n');
  await program.says(/got two/);
  program.stdin.end();
  t.like(await program.ended, { code: 0 });
});
