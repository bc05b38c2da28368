/** `farhand serve` as a program. */
import { writeFileSync } from 'node:fs';
import test from 'ava';
import { connect } from '#src/index.js';
import { ROOT_NOTICE } from '#test/support/root-notice.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { CLI, FarhandProgram, farhand, serve } from './support/farhand.js';

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test.serial(`it prints one line, its address, and ends with 0 at ${signal}`, async (t) => {
    await using executor = await serve('--listen', 'ws://127.0.0.1:0');
    executor.program.kill(signal);
    t.like(await executor.program.outcome(), { code: 0, signal: null, stderr: ROOT_NOTICE });
    t.regex(executor.program.text, /^ws:\/\/127\.0\.0\.1:\d+\n$/);
  });
}

test.serial('it serves IPv6', async (t) => {
  await using executor = await serve('--listen', 'ws://[::1]:0');
  const { stdout, code } = await farhand(['run', executor.url, '--', 'echo', 'six']);
  t.deepEqual([stdout.toString(), code], ['six\n', 0]);
});

test.serial('over stdio it serves whoever started it', async (t) => {
  await using client = await connect({ command: process.execPath, args: [CLI, 'serve', '--listen', 'stdio'] });
  const { stdoutText } = await client.run(['echo', 'near']);
  t.is(stdoutText, 'near\n');
});

test.serial('over stdio it ends with its input, and has said nothing by itself', async (t) => {
  const { code, stdout, stderr } = await farhand(['serve', '--listen', 'stdio'], { input: '' });
  t.deepEqual([code, stdout.toString(), stderr], [0, '', '']);
});

test.serial('a taken port is an error of one line', async (t) => {
  await using executor = await serve();
  const { code, stdout, stderr } = await farhand(['serve', '--listen', executor.url]);
  t.deepEqual([code, stdout.toString()], [1, '']);
  t.regex(stderr, /^Error: .*Address in use.*\n$/);
});

test.serial('what cannot be served is an error of one line', async (t) => {
  using folder = new TemporaryFolder();
  const empty = folder.file('empty');
  writeFileSync(empty, '');
  for (const args of [
    ['--listen', 'http://127.0.0.1:0'],
    ['--listen', 'ws://localhost:0'],
    ['--ws-auth', 'capability-token'],
    ['--ws-auth', 'capability-token', '--ws-token-file', '/no-such-file'],
    ['--ws-auth', 'capability-token', '--ws-token-file', empty],
  ]) {
    const { code, stdout, stderr } = await farhand(['serve', ...args]);
    t.deepEqual([code, stdout.toString()], [1, ''], args.join(' '));
    t.regex(stderr, /^Error: .+\n$/);
  }
});

test.serial('a way of starting processes that does not exist is an error of one line', async (t) => {
  const { code, stderr } = await farhand(['serve'], { env: { FARHAND_SPAWNER: 'magic' } });
  t.deepEqual([code, stderr], [1, 'Error: FARHAND_SPAWNER must be `auto` or `child_process`, not `magic`\n']);
});

test.serial('flags that make no sense are a usage error', async (t) => {
  const { code, stderr } = await farhand(['serve', '--frob']);
  t.deepEqual([code, stderr], [2, "error: unknown option '--frob'\n\nFor more information, try '--help'.\n"]);
});

test.serial('flags without effect are accepted and noted', async (t) => {
  await using program = new FarhandProgram(['serve', '-c', 'model=x']);
  await program.says(/^ws:/);
  program.kill('SIGTERM');
  const { code, stderr } = await program.outcome();
  t.is(code, 0);
  t.regex(stderr.replace(ROOT_NOTICE, ''), /^note: --config has no effect: .*\n$/);
});

test.serial('root is told that a token or another user is safer, and only where there is no token', async (t) => {
  for (const [args, said] of [
    [[], ROOT_NOTICE],
    [['--ws-auth', 'capability-token', '--ws-token-sha256', '0'.repeat(64)], ''],
  ] as const) {
    await using executor = await serve(...args);
    executor.program.kill('SIGTERM');
    t.is((await executor.program.outcome()).stderr, said);
  }
});
