/** Descriptors that a child gets besides its standard streams, and pipes that none gets, with both ways of starting. */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, writeSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { eventually } from '#test/support/procfs.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { createNodeSpawner } from '#workers/fallback/node-spawner.js';
import { createPosixSpawner } from '#workers/native/posix-spawner.js';
import type { Child, Launch, Spawner } from '#workers/spawner.js';

// Node counts the descriptors of a test's thread, and wonders at each one that native code has opened.
process.removeAllListeners('warning');

/** Says what each of its descriptors leads to. */
const LIST = `perl -e 'for (0..200) { my $to = readlink("/proc/self/fd/$_"); print "$_ $to\\n" if defined $to }'`;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000;

const SPAWNERS: readonly [string, () => Spawner][] = [
  ['posix_spawn', () => createPosixSpawner()!],
  ['child_process', () => createNodeSpawner(() => {})],
];

function spawnerFor(t: ExecutionContext, create: () => Spawner): Spawner {
  const spawner = create();
  t.teardown(() => spawner.close());
  return spawner;
}

/** What a script printed, with these descriptors besides. Its end has been seen. */
async function run(
  spawner: Spawner,
  script: string,
  descriptors: readonly number[],
  stdio: Launch['stdio'] = 'pipes',
  input = '',
): Promise<string> {
  const environment = [['PATH', '/usr/bin:/bin']] as const;
  const launch: Launch = { file: '/bin/sh', argv: ['/bin/sh', '-c', script], environment, directory: '/', stdio };
  const child = await new Promise<Child>((resolve, reject) =>
    spawner.spawn({ ...launch, descriptors }, (result) =>
      'child' in result ? resolve(result.child) : reject(new Error(`errno ${result.errno}`)),
    ),
  );
  if (child.input !== undefined) writeSync(child.input, input);
  if (child.input !== undefined && stdio !== 'terminal') closeSync(child.input);
  const texts = await Promise.all(child.outputs.map(({ fd }) => readToEnd(fd)));
  await eventually(() => spawner.reap(child.pid) !== undefined);
  return texts.join('');
}

/** Reads until nobody writes any more, and closes. */
async function readToEnd(fd: number): Promise<string> {
  const chunk = Buffer.alloc(65_536);
  let text = '';
  await eventually(() => {
    for (;;) {
      const read = readOnce(fd, chunk);
      if (read === undefined) return false;
      if (read === 0) return true;
      text += chunk.toString('latin1', 0, read);
    }
  });
  closeSync(fd);
  return text;
}

/** Undefined when there is nothing yet; a terminal whose other end is closed says EIO. */
function readOnce(fd: number, into: Buffer): number | undefined {
  try {
    return readSync(fd, into);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return undefined;
    if (code === 'EIO') return 0;
    throw error;
  }
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

for (const [name, create] of SPAWNERS) {
  for (const stdio of ['pipes', 'pipes and stdin', 'terminal'] as const) {
    // One after the other: they count the descriptors of this program.
    test.serial(`descriptors come in their order, and no other does (${name}, ${stdio})`, async (t) => {
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

  test.serial(`descriptors may stand where others are to come, and come twice (${name})`, async (t) => {
    const spawner = spawnerFor(t, create);
    // So many are open that some of them have the numbers of the child's.
    const files = openFiles(t, 60);
    const low = files.filter(({ fd }) => fd < 60);
    t.true(low.length > 1);
    const given = [...low.toReversed(), ...low];
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

  test.serial(`a descriptor keeps its place in the file, which both sides move (${name})`, async (t) => {
    const spawner = spawnerFor(t, create);
    const [file] = openFiles(t, 1);
    readSync(file!.fd, Buffer.alloc(5));
    t.is(await run(spawner, 'cat <&3', [file!.fd]), '0');
    t.is(readSync(file!.fd, Buffer.alloc(5)), 0);
  });

  test.serial(`a terminal with descriptors is the terminal of its session (${name})`, async (t) => {
    const spawner = spawnerFor(t, create);
    const [file] = openFiles(t, 1);
    const script = 'cat <&3; echo; stty size; ps -o tty=,pgid=,tpgid=,sid= -p $$; tty; echo $$';
    const lines = (await run(spawner, script, [file!.fd], 'terminal')).trimEnd().split('\r\n');
    const [content, size, process, terminal, pid] = lines;
    t.deepEqual([content, size], ['file 0', '24 80']);
    t.deepEqual(process!.trim().split(/ +/), [terminal!.replace('/dev/', ''), pid, pid, pid]);
  });

  (canSandbox ? test.serial : test.serial.skip)(
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

  test.serial(`a start leaves nothing open but the ends of its child (${name})`, async (t) => {
    const spawner = spawnerFor(t, create);
    const files = openFiles(t, 3);
    const open = () => readdirSync('/proc/self/fd').length;
    await run(spawner, 'true', []);
    const before = open();
    for (const stdio of ['pipes', 'pipes and stdin', 'terminal'] as const) {
      await run(
        spawner,
        'true',
        files.map(({ fd }) => fd),
        stdio,
      );
      t.is(open(), before, stdio);
    }
  });

  test.serial(`a pipe is read without waiting, written with it, and given to no child (${name})`, async (t) => {
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

  test.serial(`a child writes into a pipe of ours (${name})`, async (t) => {
    const spawner = spawnerFor(t, create);
    const { read, write } = spawner.createPipe();
    await run(spawner, 'echo word >&3', [write]);
    closeSync(write);
    t.is(await readToEnd(read), 'word\n');
  });
}
