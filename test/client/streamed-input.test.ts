import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import test from 'ava';
import { END_OF_INPUT, inputFrame, withStreamedInput } from '#src/client/streamed-input.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

/** Every shell of this machine that may be /bin/sh somewhere, and how it is called. */
const SHELLS: readonly (readonly string[])[] = [
  ['/bin/sh'],
  ['/bin/dash'],
  ['/bin/bash', '--posix'],
  ['/bin/busybox', 'sh'],
].filter(([path = '']) => existsSync(path));

/** Busybox comes with programs of its own, which differ from the usual ones. */
const busyboxPrograms = new TemporaryFolder();
test.after.always(() => busyboxPrograms[Symbol.dispose]());
test.before(() => {
  if (existsSync('/bin/busybox')) execFileSync('/bin/busybox', ['--install', '-s', busyboxPrograms.path]);
});
const pathFor = ([path]: readonly string[]): string =>
  path === '/bin/busybox' ? `${busyboxPrograms.path}:${process.env.PATH}` : (process.env.PATH ?? '');

/** Starts the command as an executor would, with this shell in place of /bin/sh. */
function start(shell: readonly string[], argv: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const { argv: wrapped, options } = withStreamedInput({ argv, options: {} });
  if (options.stdin !== 'pipe') throw new Error('the input needs a pipe');
  const [program = '', ...args] = [...shell, ...wrapped.slice(1)];
  return spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PATH: pathFor(shell), ...env },
  });
}

async function outcomeOf(child: ChildProcess): Promise<{ code: number; stdout: Buffer }> {
  const chunks: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, 'close');
  return { code, stdout: Buffer.concat(chunks) };
}

test('a name of its own cannot go through a shell', (t) => {
  t.throws(() => withStreamedInput({ argv: ['cat'], options: { arg0: 'x' } }), { code: 'BAD_ARGUMENT' });
});

for (const shell of SHELLS) {
  const name = shell.join(' ');

  test(`${name}: the command reads every frame, whole, and then the end of its input`, async (t) => {
    const pieces = [1, 10, 13, 4096, 65_536, 100_000, 300_001].map((length) => randomBytes(length));
    // Bytes that look like frames are just bytes.
    pieces.push(Buffer.from('0\n5\nhello0\n'), Buffer.from('\n\n0\n'), Buffer.from([0, 0, 10, 0]));
    const child = start(shell, ['cat']);
    for (const piece of pieces) child.stdin!.write(inputFrame(piece));
    child.stdin!.write(END_OF_INPUT);
    // The pipe stays open: the end is in the frames.
    const { code, stdout } = await outcomeOf(child);
    t.is(code, 0);
    t.true(stdout.equals(Buffer.concat(pieces)));
  });

  test(`${name}: an input of nothing is an empty one`, async (t) => {
    const child = start(shell, ['wc', '-c']);
    child.stdin!.write(END_OF_INPUT);
    t.is((await outcomeOf(child)).stdout.toString().trim(), '0');
  });

  test(`${name}: arguments are untouched and the exit code is the command’s own`, async (t) => {
    const child = start(shell, ['sh', '-c', 'cat >/dev/null; echo "[$1]"; exit 7', 'sh', `a 'b" $c`]);
    child.stdin!.write(END_OF_INPUT);
    const { code, stdout } = await outcomeOf(child);
    t.deepEqual([code, stdout.toString()], [7, `[a 'b" $c]\n`]);
  });

  test(`${name}: the process is the command itself, so that signals reach it`, async (t) => {
    const child = start(shell, ['sh', '-c', 'echo $$; exec sleep 60']);
    const ended = once(child, 'exit');
    const [line] = await once(child.stdout!, 'data');
    t.is(Number(line), child.pid!);
    child.kill('SIGINT');
    t.deepEqual(await ended, [null, 'SIGINT']);
    child.stdin!.destroy();
  });

  test(`${name}: a command that ends early leaves nobody who waits for the rest`, async (t) => {
    const child = start(shell, ['head', '-c', '1']);
    child.stdin!.on('error', () => {});
    child.stdin!.write(inputFrame(Buffer.from('abc')));
    const { code, stdout } = await outcomeOf(child);
    t.deepEqual([code, stdout.toString()], [0, 'a']);
    child.stdin!.destroy();
  });

  test(`${name}: nothing is left in the folder for temporary files`, async (t) => {
    using folder = new TemporaryFolder();
    const child = start(shell, ['true'], { TMPDIR: folder.path });
    child.stdin!.write(END_OF_INPUT);
    t.is((await outcomeOf(child)).code, 0);
    t.deepEqual(readdirSync(folder.path), []);
  });

  test(`${name}: without a place for temporary files the command is not run, and the exit code is 125`, async (t) => {
    const child = start(shell, ['echo', 'run'], { TMPDIR: '/no-such-folder' });
    child.stdin!.on('error', () => {});
    const { code, stdout } = await outcomeOf(child);
    t.deepEqual([code, stdout.toString()], [125, '']);
  });
}
