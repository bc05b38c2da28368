import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import test from 'ava';
import { descriptorsOf } from '#test/support/procfs.js';
import { refusal } from '#test/support/refusal.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { openFile } from '#workers/files/open-file.js';

const openAndClose = (path: string | Uint8Array, mode: 'read' | 'replace' = 'read') =>
  closeSync(openFile({ path, mode }).fd);
const open = (path: string, mode: 'read' | 'replace' = 'read') => refusal(() => openAndClose(path, mode));
const NOT_FOUND = '-32004 No such file or directory (os error 2)';

test('opening for reading changes nothing', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'data');
  openAndClose(folder.file('file'));
  openAndClose(Buffer.from(folder.file('file')));
  t.is(folder.read('file'), 'data');
});

test('opening for replacement empties the file, which keeps its mode and its other names', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'data');
  chmodSync(folder.file('file'), 0o640);
  linkSync(folder.file('file'), folder.file('other'));
  symlinkSync('file', folder.file('link'));
  openAndClose(folder.file('link'), 'replace');
  t.is(readFileSync(folder.file('other'), 'utf8'), '');
  t.is(statSync(folder.file('file')).mode & 0o777, 0o640);
});

test('opening for replacement creates the file, also the one that a link leads to', (t) => {
  using folder = new TemporaryFolder();
  symlinkSync('target', folder.file('link'));
  openAndClose(folder.file('link'), 'replace');
  t.is(statSync(folder.file('target')).mode & 0o777, 0o666 & ~process.umask());
});

test('what is no regular file is refused without waiting for anybody', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('folder'));
  spawnSync('mkfifo', [folder.file('fifo')]);
  const notAFile = (name: string) => `-32600 path \`${folder.file(name)}\` is not a file`;
  t.is(open(folder.file('folder')), notAFile('folder'));
  t.is(open(folder.file('fifo')), notAFile('fifo'));
  t.is(open('/dev/null'), '-32600 path `/dev/null` is not a file');
  t.is(open('/dev/null', 'replace'), '-32600 path `/dev/null` is not a file');
  t.is(open(folder.file('folder'), 'replace'), '-32603 Is a directory (os error 21)');
  t.is(open(folder.file('fifo'), 'replace'), '-32603 No such device or address (os error 6)');
  const reader = openSync(folder.file('fifo'), constants.O_RDONLY | constants.O_NONBLOCK);
  t.is(open(folder.file('fifo'), 'replace'), notAFile('fifo'));
  closeSync(reader);
});

test('a device is not even opened to be told from a file', (t) => {
  // Without a terminal of its own, a process could not open this one.
  for (const mode of ['read', 'replace'] as const) t.is(open('/dev/tty', mode), '-32600 path `/dev/tty` is not a file');
});

test('what is not there is not found', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', '');
  symlinkSync('none', folder.file('broken'));
  t.is(open(folder.file('none')), NOT_FOUND);
  t.is(open(folder.file('broken')), NOT_FOUND);
  t.is(open(folder.file('none/file'), 'replace'), NOT_FOUND);
  t.is(open(folder.file('file/x')), '-32603 Not a directory (os error 20)');
});

test.serial('a refusal leaves no descriptor', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('folder'));
  open(folder.file('folder'));
  t.false(descriptorsOf(process.pid).includes(folder.file('folder')));
});
