import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import test from 'ava';
import { DIRECTORY_ENTRIES } from '#src/protocol/limits.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { directoryEntries, readDirectory } from '#workers/files/read-directory.js';
import { withoutPrivileges } from './support/without-privileges.js';

const directory = (fileName: string) => ({ fileName, isDirectory: true, isFile: false });
const file = (fileName: string) => ({ fileName, isDirectory: false, isFile: true });
const special = (fileName: string) => ({ fileName, isDirectory: false, isFile: false });

const sorted = (path: string | Uint8Array) =>
  directoryEntries(path).sort((one, other) => Buffer.compare(Buffer.from(one.fileName), Buffer.from(other.fileName)));

test('links are described by what they lead to', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', '');
  mkdirSync(folder.file('directory'));
  symlinkSync('file', folder.file('to-file'));
  symlinkSync('directory', folder.file('to-directory'));
  t.deepEqual(sorted(folder.path), [directory('directory'), file('file'), directory('to-directory'), file('to-file')]);
});

test('what cannot be looked at is left out, and does not count', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', '');
  symlinkSync('nowhere', folder.file('dangling'));
  symlinkSync('loop', folder.file('loop'));
  symlinkSync('file/x', folder.file('through-a-file'));
  t.deepEqual(sorted(folder.path), [file('file')]);
});

test('FIFOs, sockets and devices are neither files nor directories', async (t) => {
  using folder = new TemporaryFolder();
  execFileSync('mkfifo', [folder.file('fifo')]);
  symlinkSync('/dev/null', folder.file('null'));
  const server = createServer().listen(folder.file('socket'));
  await once(server, 'listening');
  try {
    t.deepEqual(sorted(folder.path), [special('fifo'), special('null'), special('socket')]);
  } finally {
    server.close();
  }
});

test('hidden names are there, the directory itself and the one above are not', (t) => {
  using folder = new TemporaryFolder();
  const names = ['..b', '.hidden', 'a', 'z'];
  for (const name of names) folder.write(name, '');
  t.deepEqual(sorted(folder.path), names.map(file));
});

test('names that are not UTF-8 are told as far as they are, and looked at as they are', (t) => {
  using folder = new TemporaryFolder();
  const place = Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.of(0xfe)]);
  mkdirSync(place);
  writeFileSync(Buffer.concat([place, Buffer.from('/a'), Buffer.of(0xff, 0xfe), Buffer.from('z')]), '');
  symlinkSync(Buffer.of(0x2e), Buffer.concat([place, Buffer.from('/'), Buffer.of(0xc3)]));
  t.deepEqual(sorted(place), [file('a\ufffd\ufffdz'), directory('\ufffd')]);
  // As it comes from the main thread.
  t.deepEqual(sorted(new Uint8Array(place)), sorted(place));
});

test('the result is the text of the method', (t) => {
  using folder = new TemporaryFolder();
  t.is(readDirectory({ path: folder.path }), '{"entries":[]}');
  folder.write('a"b', '');
  t.deepEqual(JSON.parse(readDirectory({ path: folder.path })), { entries: [file('a"b')] });
});

test('what is no directory is refused by the system', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', '');
  t.throws(() => directoryEntries(folder.file('file')), { code: 'ENOTDIR' });
  t.throws(() => directoryEntries(folder.file('nothing')), { code: 'ENOENT' });
});

test('a directory that may not be searched has no entries to be seen', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('closed'));
  folder.write('closed/file', '');
  const closed = folder.file('closed');
  const read = (mode: number) =>
    withoutPrivileges('files/read-directory', 'readDirectory', { path: closed }, closed, mode);
  t.deepEqual(read(0o400), { done: '{"entries":[]}' });
  t.deepEqual(read(0o300), { thrown: 'EACCES' });
  t.deepEqual(read(0o500), { done: JSON.stringify({ entries: [file('file')] }) });
});

test('more entries than the limit are refused with their number', (t) => {
  using folder = new TemporaryFolder();
  const make = (from: number, to: number) =>
    execFileSync('sh', ['-c', `seq ${from} ${to} | xargs touch`], { cwd: folder.path });
  make(1, DIRECTORY_ENTRIES);
  symlinkSync('nowhere', folder.file('dangling'));
  t.is(directoryEntries(folder.path).length, DIRECTORY_ENTRIES);
  make(DIRECTORY_ENTRIES + 1, DIRECTORY_ENTRIES + 2);
  t.throws(() => directoryEntries(folder.path), {
    code: -32603,
    message: 'fs/readDirectory returned 50002 entries; limit is 50000',
  } as object);
});
