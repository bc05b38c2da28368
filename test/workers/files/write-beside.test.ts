import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { runAmongMounts } from '#test/support/operation-elsewhere.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { isTight, writeBeside } from '#workers/files/write-beside.js';

const PROGRAM = fileURLToPath(import.meta.resolve('#test/support/write-beside-program.js'));
const BTRFS = 0x9123683e;
const EXT4 = 0xef53;
const MIB = 1024 * 1024;

test('only a copy-on-write file system with little room is too tight to write in place', (t) => {
  const left = (bavail: number) => ({ type: BTRFS, bsize: MIB, bavail });
  t.false(isTight(left(256 + 20), 20 * MIB));
  t.true(isTight(left(256 + 20), 20 * MIB + 1));
  t.true(isTight(left(0), 0));
  t.false(isTight({ ...left(0), type: EXT4 }, 0));
});

test('the new file is like the old one, and nothing is left of how it came', (t) => {
  using folder = new TemporaryFolder();
  const path = folder.file('file');
  writeFileSync(path, 'old');
  if (process.getuid?.() === 0) chownSync(path, 1234, 5678);
  chmodSync(path, 0o4751);
  const before = statSync(path);
  const fd = openSync(path, 'r+');
  t.true(writeBeside(path, fd, Buffer.from('new contents')));
  closeSync(fd);
  const { uid, gid, mode, ino } = statSync(path);
  t.deepEqual({ uid, gid, mode }, { uid: before.uid, gid: before.gid, mode: before.mode });
  t.not(ino, before.ino);
  t.is(folder.read('file'), 'new contents');
  t.deepEqual(readdirSync(folder.path), ['file']);
});

test('a file with another name is left alone', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'old');
  linkSync(folder.file('file'), folder.file('again'));
  const fd = openSync(folder.file('file'), 'r+');
  t.false(writeBeside(folder.file('file'), fd, Buffer.from('new')));
  closeSync(fd);
  t.is(folder.read('file'), 'old');
  t.deepEqual(readdirSync(folder.path), ['again', 'file']);
});

test('where nothing can be made beside it, a file is left alone', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'old');
  const fd = openSync(folder.file('file'), 'r+');
  t.false(writeBeside(folder.file('missing/file'), fd, Buffer.from('new')));
  closeSync(fd);
  t.is(folder.read('file'), 'old');
});

test('another file that has taken the place is left alone', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'old');
  folder.write('another', 'another');
  const fd = openSync(folder.file('file'), 'r+');
  renameSync(folder.file('another'), folder.file('file'));
  t.false(writeBeside(folder.file('file'), fd, Buffer.from('new')));
  closeSync(fd);
  t.is(folder.read('file'), 'another');
  t.deepEqual(readdirSync(folder.path), ['file']);
});

test('on a full disk the old file stays, and nothing is left beside it', (t) => {
  using folder = new TemporaryFolder();
  const printed = runAmongMounts([PROGRAM, folder.file('file')], Buffer.alloc(900_000), {
    folder: folder.path,
    before: 'mount -t tmpfs -o size=1m tmpfs "$1"; yes old | head -c 300000 > "$1/file"',
    after: 'yes old | head -c 300000 | cmp - "$1/file" && ls -A "$1"',
  });
  if (printed === undefined) {
    t.log('this machine lets us mount nothing');
    t.pass();
    return;
  }
  t.is(printed, 'ENOSPC\nfile\n');
});
