import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createServer } from 'node:net';
import test from 'ava';
import { outcomeAmongMounts, outcomeUnprivileged, unprivilegedUser } from '#test/support/operation-elsewhere.js';
import { descriptorsOf } from '#test/support/procfs.js';
import { refusal } from '#test/support/refusal.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { writeFile } from '#workers/files/write-file.js';

const NOT_FOUND = '-32004 No such file or directory (os error 2)';
const NO_DIRECTORY = '-32603 Not a directory (os error 20)';
const IS_DIRECTORY = '-32603 Is a directory (os error 21)';
const LOOP = '-32603 Symbolic link loop (os error 40)';
const DENIED = { fault: { code: -32600, message: 'Permission denied (os error 13)' } };
const DISK_FULL = { fault: { code: -32603, message: 'No space left on device (os error 28)' } };

const write = (path: string | Buffer, contents: string | Uint8Array, followSymlinks = true) =>
  writeFile({ path, followSymlinks, bytes: Buffer.from(contents as string) });

test('a new file has the contents, and the mode 0666 less the umask', (t) => {
  using folder = new TemporaryFolder();
  const bytes = randomBytes(100_000);
  write(folder.file('file'), bytes);
  t.true(readFileSync(folder.file('file')).equals(bytes));
  t.is(statSync(folder.file('file')).mode & 0o7777, 0o666 & ~process.umask());
  write(folder.file('empty'), '');
  t.is(folder.read('empty'), '');
});

test('a file that is there stays the same file, with its mode and its other names', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'old contents');
  chmodSync(folder.file('file'), 0o740);
  linkSync(folder.file('file'), folder.file('again'));
  const { ino } = statSync(folder.file('file'));
  for (const contents of ['new', 'longer than it was before', '', 'x']) {
    write(folder.file('file'), contents);
    t.is(folder.read('again'), contents);
  }
  const { ino: now, mode, nlink } = statSync(folder.file('file'));
  t.deepEqual({ now, mode: mode & 0o7777, nlink }, { now: ino, mode: 0o740, nlink: 2 });
});

test('links are written through, and one that leads nowhere gets its target', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('a'));
  mkdirSync(folder.file('b'));
  folder.write('file', 'old');
  symlinkSync('file', folder.file('link'));
  symlinkSync('../b/link', folder.file('a/link'));
  symlinkSync('target', folder.file('b/link'));
  symlinkSync(folder.file('absolute target'), folder.file('absolute'));
  write(folder.file('link'), 'one');
  write(folder.file('a/link'), 'two');
  write(folder.file('absolute'), 'three');
  t.deepEqual(
    ['file', 'b/target', 'absolute target'].map((name) => folder.read(name)),
    ['one', 'two', 'three'],
  );
  for (const name of ['link', 'a/link', 'b/link', 'absolute']) t.true(lstatSync(folder.file(name)).isSymbolicLink());
});

test('what cannot be written as a file is refused, and nothing is waited for', async (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('directory'));
  folder.write('file', '');
  spawnSync('mkfifo', [folder.file('fifo')]);
  symlinkSync('loop', folder.file('loop'));
  symlinkSync('missing/x', folder.file('dangling'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(folder.file('socket'), resolve));
  for (const [name, expected] of [
    ['fifo', `-32600 path \`${folder.file('fifo')}\` is not a file`],
    ['socket', `-32600 path \`${folder.file('socket')}\` is not a file`],
    ['directory', IS_DIRECTORY],
    ['missing/x', NOT_FOUND],
    ['dangling', NOT_FOUND],
    ['file/x', NO_DIRECTORY],
    ['loop', LOOP],
  ] as const) {
    t.is(
      refusal(() => write(folder.file(name), 'x')),
      expected,
      name,
    );
  }
  t.deepEqual(readdirSync(folder.path).sort(), ['dangling', 'directory', 'fifo', 'file', 'loop', 'socket']);
  server.close();
});

test('a character device takes what it is given, or says why not', (t) => {
  t.is(
    refusal(() => write('/dev/null', 'x')),
    undefined,
  );
  t.is(
    refusal(() => write('/dev/full', 'x')),
    '-32603 No space left on device (os error 28)',
  );
  t.is(
    refusal(() => write('/dev/null', 'x', false)),
    '-32600 path is not a regular file',
  );
});

test('a block device is not written to', (t) => {
  using folder = new TemporaryFolder();
  if (spawnSync('mknod', [folder.file('disk'), 'b', '250', '0']).status !== 0) {
    t.log('only root can make one');
    t.pass();
    return;
  }
  t.is(
    refusal(() => write(folder.file('disk'), 'x')),
    `-32600 path \`${folder.file('disk')}\` is not a file`,
  );
});

test('without following links, a link is a loop, and one on the way is no directory', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('directory'));
  folder.write('file', 'old');
  symlinkSync('directory', folder.file('link'));
  symlinkSync('file', folder.file('to file'));
  symlinkSync('nowhere', folder.file('dangling'));
  spawnSync('mkfifo', [folder.file('fifo')]);
  write(folder.file('file'), 'new', false);
  write(folder.file('directory/file'), 'made', false);
  t.deepEqual([folder.read('file'), folder.read('directory/file')], ['new', 'made']);
  for (const [name, expected] of [
    ['to file', LOOP],
    ['dangling', LOOP],
    ['link', LOOP],
    ['link/x', NO_DIRECTORY],
    ['file/x', NO_DIRECTORY],
    ['missing/x', NOT_FOUND],
    ['directory', IS_DIRECTORY],
    ['fifo', '-32600 path is not a regular file'],
  ] as const) {
    t.is(
      refusal(() => write(folder.file(name), 'x', false)),
      expected,
      name,
    );
  }
  t.is(folder.read('file'), 'new');
});

test('names need not be UTF-8', (t) => {
  using folder = new TemporaryFolder();
  for (const [byte, followSymlinks] of [
    [0xff, true],
    [0xfe, false],
  ] as const) {
    const path = Buffer.concat([Buffer.from(folder.file('n')), Buffer.of(byte)]);
    write(path, 'x', followSymlinks);
    t.is(readFileSync(path, 'utf8'), 'x');
  }
});

test('what may not be written is refused and stays, what may only be written is written', (t) => {
  using folder = new TemporaryFolder();
  chmodSync(folder.path, 0o755);
  folder.write('closed', 'old');
  folder.write('letter box', 'old');
  for (const name of ['closed', 'letter box']) chownSync(folder.file(name), unprivilegedUser!, -1);
  chmodSync(folder.file('closed'), 0o400);
  chmodSync(folder.file('letter box'), 0o200);
  const attempt = (name: string) =>
    outcomeUnprivileged('writeFile', { path: folder.file(name), followSymlinks: true, bytes: Buffer.from('new') });
  t.deepEqual(attempt('closed'), DENIED);
  t.deepEqual(attempt('letter box'), {});
  chmodSync(folder.file('letter box'), 0o600);
  t.deepEqual([folder.read('closed'), folder.read('letter box')], ['old', 'new']);
});

test('nothing stays open, however it ends', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'old');
  mkdirSync(folder.file('directory'));
  spawnSync('mkfifo', [folder.file('fifo')]);
  for (const followSymlinks of [true, false]) {
    for (const name of ['file', 'new', 'directory', 'fifo', 'missing/x']) {
      refusal(() => write(folder.file(name), 'x', followSymlinks));
    }
  }
  t.deepEqual(
    descriptorsOf(process.pid).filter((path) => path.startsWith(folder.path)),
    [],
  );
});

// ---- a full disk: of 1 MiB, in $1 -------------------------------------------------------------------

/** Fills what is left, to the last block. */
const FILL = 'dd if=/dev/zero of="$1/filling" bs=4096 2>/dev/null || true';
const SMALL_DISK = 'mount -t tmpfs -o size=1m tmpfs "$1"';

interface FullDisk {
  readonly title: string;
  /** What is on the disk. */
  readonly before: string;
  readonly file: string;
  readonly bytes: number;
  readonly comesOut: 'refused' | 'done';
  /** What is seen of the disk afterwards. */
  readonly look: string;
  readonly seen: string;
}

const FULL_DISKS: readonly FullDisk[] = [
  {
    title: 'a new file that does not fit is not left there in part',
    before: ':',
    file: 'new',
    bytes: 2_000_000,
    comesOut: 'refused',
    look: 'ls -A "$1"',
    seen: '',
  },
  {
    title: 'the target of a link that led nowhere is not left there in part',
    before: 'ln -s target "$1/link"',
    file: 'link',
    bytes: 2_000_000,
    comesOut: 'refused',
    look: 'ls -A "$1"',
    seen: 'link\n',
  },
  {
    title: 'a file that would have to grow too much keeps all it had',
    before: 'yes old | head -c 300000 > "$1/file"',
    file: 'file',
    bytes: 2_000_000,
    comesOut: 'refused',
    look: 'yes old | head -c 300000 | cmp - "$1/file" && ls -A "$1"',
    seen: 'file\n',
  },
  {
    title: 'a file with holes, in which new contents do not fit, keeps all it had',
    before: `printf begin > "$1/file"; truncate -s 600000 "$1/file"; head -c 200000 /dev/zero > "$1/more"; ${FILL}; rm "$1/more"`,
    file: 'file',
    bytes: 600_000,
    comesOut: 'refused',
    look: '(printf begin; head -c 599995 /dev/zero) | cmp - "$1/file" && ls -A "$1"',
    seen: 'file\nfilling\n',
  },
  {
    title: 'contents that need no more room than the old ones are written to a disk that has none',
    before: `yes old | head -c 300000 > "$1/file"; ${FILL}`,
    file: 'file',
    bytes: 300_000,
    comesOut: 'done',
    look: 'cat "$1/file" | tr -d "\\377" | wc -c; wc -c < "$1/file"',
    seen: '0\n300000\n',
  },
  {
    title: 'a file becomes shorter on a disk that has no room',
    before: `yes old | head -c 300000 > "$1/file"; ${FILL}`,
    file: 'file',
    bytes: 7,
    comesOut: 'done',
    look: 'wc -c < "$1/file"',
    seen: '7\n',
  },
];

for (const { title, before, file, bytes, comesOut, look, seen } of FULL_DISKS) {
  test(title, (t) => {
    using folder = new TemporaryFolder();
    const task = { path: folder.file(file), followSymlinks: true, bytes: Buffer.alloc(bytes, 0xff) };
    const scene = { folder: folder.path, before: `${SMALL_DISK}; ${before}`, after: look };
    const end = outcomeAmongMounts('writeFile', task, scene);
    if (end === undefined) {
      t.log('this machine lets us mount nothing');
      t.pass();
      return;
    }
    t.deepEqual(end, { outcome: comesOut === 'refused' ? DISK_FULL : {}, said: seen } as never);
  });
}
