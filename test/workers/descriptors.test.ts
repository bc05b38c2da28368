/** Descriptors that a child gets besides its standard streams, and pipes that none gets, with both ways of starting. */
import { execFile } from 'node:child_process';
import { closeSync, openSync, readFileSync, readlinkSync, readSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import type { Spawner } from '#workers/spawner.js';
import { readOnce, readToEnd, run, SPAWNERS } from './support/run-script.js';

// Node counts the descriptors of a test's thread, and wonders at each one that native code has opened.
process.removeAllListeners('warning');

/** Says what each of its descriptors leads to. */
const LIST = `perl -e 'for (0..500) { my $to = readlink("/proc/self/fd/$_"); print "$_ $to\\n" if defined $to }'`;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000;

function spawnerFor(t: ExecutionContext, create: () => Spawner): Spawner {
  const spawner = create();
  t.teardown(() => spawner.close());
  return spawner;
}

/** The files of a folder, each opened; closed at the end of the test. */
function openFiles(t: ExecutionContext, count: number): { readonly path: string; readonly fd: number }[] {
  const folder = new TemporaryFolder();
  const files = Array.from({ length: count }, (_, index) => {
    folder.write(`${index}`, `file ${index}`);
    return { path: folder.file(`${index}`), fd: openSync(folder.file(`${index}`), 'r') };
  });
  t.teardown(() => {
    for (const { fd } of files) closeSync(fd);
    folder[Symbol.dispose]();
  });
  return files;
}

/** Lines `number place` of a list, without the standard streams, by number. */
const besides = (list: string): string[] =>
  list
    .trimEnd()
    .split(/\r?\n/)
    .filter((line) => Number.parseInt(line, 10) > 2)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));

const flagsOf = (fd: number): number =>
  Number.parseInt(/^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))![1]!, 8);

for (const [name, create] of Object.entries(SPAWNERS)) {
  for (const stdio of ['pipes', 'pipes and stdin', 'terminal'] as const) {
    test(`descriptors come in their order, and no other does (${name}, ${stdio})`, async (t) => {
      const spawner = spawnerFor(t, create);
      const files = openFiles(t, 20).toReversed();
      const list = await run(
        spawner,
        LIST,
        files.map(({ fd }) => fd),
        stdio,
      );
      t.deepEqual(
        besides(list),
        files.map(({ path }, index) => `${index + 3} ${path}`),
      );
    });
  }

  test(`descriptors may stand where others are to come, and come twice (${name})`, async (t) => {
    const spawner = spawnerFor(t, create);
    const files = openFiles(t, 4);
    // So many that the child gets others under the numbers that these have here.
    const count = Math.max(...files.map(({ fd }) => fd)) + 5;
    const given = Array.from({ length: count }, (_, index) => files[index % files.length]!);
    const list = await run(
      spawner,
      LIST,
      given.map(({ fd }) => fd),
    );
    t.deepEqual(
      besides(list),
      given.map(({ path }, index) => `${index + 3} ${path}`),
    );
  });

  test(`a descriptor keeps its place in the file, which both sides move (${name})`, async (t) => {
    const spawner = spawnerFor(t, create);
    const [file] = openFiles(t, 1);
    readSync(file!.fd, Buffer.alloc(5));
    t.is(await run(spawner, 'cat <&3', [file!.fd]), '0');
    t.is(readSync(file!.fd, Buffer.alloc(5)), 0);
  });

  test(`a terminal with descriptors is the terminal of its session (${name})`, async (t) => {
    const spawner = spawnerFor(t, create);
    const [file] = openFiles(t, 1);
    const script = 'cat <&3; echo; stty size; ps -o tty=,pgid=,tpgid=,sid= -p $$; tty; echo $$';
    const lines = (await run(spawner, script, [file!.fd], 'terminal')).trimEnd().split('\r\n');
    const [content, size, process, terminal, pid] = lines;
    t.deepEqual([content, size], ['file 0', '24 80']);
    t.deepEqual(process!.trim().split(/ +/), [terminal!.replace('/dev/', ''), pid, pid, pid]);
  });

  (canSandbox ? test : test.skip)(
    `bubblewrap runs on a terminal and binds a directory that it gets open (${name})`,
    async (t) => {
      const spawner = spawnerFor(t, create);
      using folder = new TemporaryFolder();
      const directory = openSync(folder.path, O_PATH);
      // So many before it that its number has two digits.
      const descriptors = [...openFiles(t, 10).map(({ fd }) => fd), directory];
      const options = `--ro-bind / / --dev /dev --proc /proc --unshare-pid --bind-fd 13 ${folder.path}`;
      const inside = `echo word >${folder.file('made')}; [ -t 0 ] && read -r line </dev/tty && echo "read $line"`;
      const script = `exec bwrap ${options} /bin/sh -c '${inside}'`;
      const output = await run(spawner, script, descriptors, 'terminal', 'typed\n');
      closeSync(directory);
      t.is(folder.read('made'), 'word\n');
      t.is(output.replaceAll('\r', ''), 'typed\nread typed\n');
    },
  );

  test(`a start leaves nothing open but the ends of its child (${name})`, async (t) => {
    const [file] = openFiles(t, 1);
    const program = fileURLToPath(import.meta.resolve('#test/workers/support/spawning-program.js'));
    const { stdout } = await promisify(execFile)(process.execPath, [program, name, file!.path]);
    const { before, after } = JSON.parse(stdout);
    t.deepEqual(after, [before, before, before]);
  });

  test(`a pipe is read without waiting, written with it, and given to no child (${name})`, async (t) => {
    const spawner = spawnerFor(t, create);
    const { read, write } = spawner.createPipe();
    t.is(flagsOf(read) & (O_NONBLOCK | O_CLOEXEC), O_NONBLOCK | O_CLOEXEC);
    t.is(flagsOf(write) & (O_NONBLOCK | O_CLOEXEC), O_CLOEXEC);
    const [end] = [readlinkSync(`/proc/self/fd/${read}`)];
    t.false((await run(spawner, LIST, [])).includes(end!));
    writeSync(write, 'word');
    t.is(readOnce(read, Buffer.alloc(10)), 4);
    t.is(readOnce(read, Buffer.alloc(10)), undefined);
    closeSync(write);
    t.is(readOnce(read, Buffer.alloc(10)), 0);
    closeSync(read);
  });

  test(`a child writes into a pipe of ours (${name})`, async (t) => {
    const spawner = spawnerFor(t, create);
    const { read, write } = spawner.createPipe();
    await run(spawner, 'echo word >&3', [write]);
    closeSync(write);
    t.is(await readToEnd(read), 'word\n');
  });
}
