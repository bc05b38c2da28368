import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import test from 'ava';
import { FilePool } from '#src/pool/file-pool.js';
import { RESULT_HEAD_BYTES, RESULT_TAIL_BYTES, type ReadyResult } from '#src/protocol/ready-result.js';
import { outcomeUnprivileged } from '#test/support/operation-elsewhere.js';
import { descriptorsOf, entryOf, eventually } from '#test/support/procfs.js';
import { refusal } from '#test/support/refusal.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { readFile } from '#workers/files/read-file.js';

const MANY = 1 << 30;
const read = (path: string | Buffer, limitBytes = MANY) => readFile({ path, followSymlinks: true, limitBytes });
const readNoLink = (path: string) => readFile({ path, followSymlinks: false, limitBytes: MANY });
const textOf = ({ memory, start, end }: ReadyResult) => Buffer.from(memory).toString('latin1', start, end);
const contentsOf = (result: ReadyResult) => Buffer.from(JSON.parse(textOf(result)).dataBase64, 'base64');

const PIECE = 192 * 1024;
for (const size of [0, 1, 2, 3, 4, 1000, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 2]) {
  test(`a file of ${size} bytes is read whole`, (t) => {
    using folder = new TemporaryFolder();
    const bytes = randomBytes(size);
    writeFileSync(folder.file('file'), bytes);
    const result = read(folder.file('file'));
    t.is(textOf(result), `{"dataBase64":"${bytes.toString('base64')}"}`);
  });
}

test('the result has memory of its own, with room around it for the envelope, and no more', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'abc');
  const { memory, start, end } = read(folder.file('file'));
  t.is(start, RESULT_HEAD_BYTES);
  t.is(memory.length, end + RESULT_TAIL_BYTES);
  t.is(memory.buffer.byteLength, memory.length);
});

test('a file as large as the limit is read, a larger one is not', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'x'.repeat(1000));
  t.is(contentsOf(read(folder.file('file'), 1000)).length, 1000);
  t.is(
    refusal(() => read(folder.file('file'), 999)),
    '-32600 file is too large to read: limit is 999 bytes',
  );
  truncateSync(folder.file('file'), 2 ** 40);
  t.is(
    refusal(() => read(folder.file('file'))),
    `-32600 file is too large to read: limit is ${MANY} bytes`,
  );
});

test('a file that says it is empty and is not is read to its end', (t) => {
  t.deepEqual(contentsOf(read('/proc/version')), readFileSync('/proc/version'));
  t.deepEqual(contentsOf(readNoLink('/proc/version')), readFileSync('/proc/version'));
});

test('a file that says it is empty and is larger than any guess is read to its end', (t) => {
  if (!existsSync('/proc/kallsyms')) {
    t.log('this kernel has no such file');
    t.pass();
    return;
  }
  const expected = readFileSync('/proc/kallsyms');
  t.true(contentsOf(read('/proc/kallsyms')).equals(expected));
});

test('the limit is kept also where the size does not tell', (t) => {
  const { length } = readFileSync('/proc/version');
  t.is(contentsOf(read('/proc/version', length)).length, length);
  t.is(
    refusal(() => read('/proc/version', length - 1)),
    `-32600 file is too large to read: limit is ${length - 1} bytes`,
  );
});

test('a file that says it is larger than it is is read as far as it goes', (t) => {
  const path = '/sys/kernel/mm/transparent_hugepage/enabled';
  if (!existsSync(path)) {
    t.log('this kernel has no such file');
    t.pass();
    return;
  }
  t.deepEqual(contentsOf(read(path)), readFileSync(path));
});

test('links are followed, and other names are as good', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'there');
  symlinkSync('file', folder.file('link'));
  linkSync(folder.file('file'), folder.file('again'));
  for (const name of ['link', 'again']) t.is(contentsOf(read(folder.file(name))).toString(), 'there');
});

test('a name need not be UTF-8, and is shown as if it were', (t) => {
  using folder = new TemporaryFolder();
  const path = Buffer.concat([Buffer.from(folder.file('n')), Buffer.of(0xff)]);
  writeFileSync(path, 'there');
  t.is(contentsOf(read(path)).toString(), 'there');
  const directory = Buffer.concat([Buffer.from(folder.file('d')), Buffer.of(0xff)]);
  mkdirSync(directory);
  t.is(
    refusal(() => read(directory)),
    `-32600 path \`${folder.file('d\ufffd')}\` is not a file`,
  );
});

test('only files are read, and nothing is waited for', async (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('directory'));
  spawnSync('mkfifo', [folder.file('fifo')]);
  symlinkSync('fifo', folder.file('link'));
  for (const path of ['directory', 'fifo', 'link'].map((name) => folder.file(name)).concat('/dev/null', '/dev/tty')) {
    t.is(
      refusal(() => read(path)),
      `-32600 path \`${path}\` is not a file`,
    );
  }
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(folder.file('socket'), resolve));
  t.is(
    refusal(() => read(folder.file('socket'))),
    '-32603 No such device or address (os error 6)',
  );
  server.close();
});

test('whoever waits at the other end of a FIFO goes on waiting', async (t) => {
  using folder = new TemporaryFolder();
  spawnSync('mkfifo', [folder.file('fifo')]);
  const writer: ChildProcess = spawn('sh', ['-c', 'echo ready; echo kept > "$0"', folder.file('fifo')]);
  await once(writer.stdout!, 'data');
  await eventually(() => entryOf(writer.pid!)?.state === 'S');
  refusal(() => read(folder.file('fifo')));
  t.is(readFileSync(folder.file('fifo'), 'utf8'), 'kept\n');
});

test('what is not there, or not to be reached, has the error of the system', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', '');
  symlinkSync('nowhere', folder.file('dangling'));
  symlinkSync('loop', folder.file('loop'));
  for (const [name, expected] of [
    ['missing', '-32004 No such file or directory (os error 2)'],
    ['dangling', '-32004 No such file or directory (os error 2)'],
    ['loop', '-32603 Symbolic link loop (os error 40)'],
    ['file/below', '-32603 Not a directory (os error 20)'],
  ] as const) {
    t.is(
      refusal(() => read(folder.file(name))),
      expected,
      name,
    );
  }
});

test('what may not be read is refused', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'secret');
  chmodSync(folder.path, 0o755);
  chmodSync(folder.file('file'), 0);
  const task = { path: folder.file('file'), followSymlinks: true, limitBytes: MANY };
  t.deepEqual(outcomeUnprivileged('readFile', task), {
    fault: { code: -32600, message: 'Permission denied (os error 13)' },
  });
});

test('without following links, a link is a loop, and one on the way is no directory', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('directory'));
  folder.write('directory/file', 'there');
  symlinkSync('directory', folder.file('link'));
  symlinkSync('nowhere', folder.file('dangling'));
  spawnSync('mkfifo', [folder.file('fifo')]);
  t.is(contentsOf(readNoLink(folder.file('directory/file'))).toString(), 'there');
  for (const [name, expected] of [
    ['link', '-32603 Symbolic link loop (os error 40)'],
    ['dangling', '-32603 Symbolic link loop (os error 40)'],
    ['link/file', '-32603 Not a directory (os error 20)'],
    ['missing', '-32004 No such file or directory (os error 2)'],
    ['directory', '-32600 path is not a regular file'],
    ['fifo', '-32600 path is not a regular file'],
  ] as const) {
    t.is(
      refusal(() => readNoLink(folder.file(name))),
      expected,
      name,
    );
  }
});

test('nothing stays open, however it ends', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'there');
  mkdirSync(folder.file('directory'));
  for (const followSymlinks of [true, false]) {
    for (const name of ['file', 'directory', 'missing']) {
      refusal(() => readFile({ path: folder.file(name), followSymlinks, limitBytes: 5 }));
      refusal(() => readFile({ path: folder.file(name), followSymlinks, limitBytes: 4 }));
    }
  }
  t.deepEqual(
    descriptorsOf(process.pid).filter((path) => path.startsWith(folder.path)),
    [],
  );
});

test('the main thread gets the contents, or the error as the peer is told it', async (t) => {
  using folder = new TemporaryFolder();
  const bytes = randomBytes(300_000);
  writeFileSync(folder.file('file'), bytes);
  const pool = new FilePool();
  t.teardown(() => pool.close());
  const task = { path: folder.file('file'), followSymlinks: true, limitBytes: bytes.length };
  t.true(contentsOf(await pool.run('readFile', task)).equals(bytes));
  await t.throwsAsync(pool.run('readFile', { ...task, limitBytes: 10 }), {
    code: -32600,
    message: 'file is too large to read: limit is 10 bytes',
  } as never);
});
