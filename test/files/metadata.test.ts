import { spawnSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import test from 'ava';
import { canonicalPath, metadataOf, metadataText } from '#src/files/metadata.js';
import { fileUri } from '#src/protocol/path-uri.js';
import { outcomeUnprivileged } from '#test/support/operation-elsewhere.js';
import { refusal } from '#test/support/refusal.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const at = (path: string | Buffer) => metadataOf({ path, followSymlinks: true });
const atNoLink = (path: string) => metadataOf({ path, followSymlinks: false });

const NOT_FOUND = '-32004 No such file or directory (os error 2)';
const NO_DIRECTORY = '-32603 Not a directory (os error 20)';
const LOOP = '-32603 Symbolic link loop (os error 40)';

test('a file has its size and its times in whole milliseconds, rounded down', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'five!');
  utimesSync(folder.file('file'), 1, 1234.567_89);
  const { createdAtMs, ...rest } = at(folder.file('file'));
  t.deepEqual(rest, { isDirectory: false, isFile: true, isSymlink: false, size: 5, modifiedAtMs: 1_234_567 });
  t.is(createdAtMs, Math.floor(statSync(folder.file('file')).birthtimeMs));
});

test('a time just before the next millisecond is not rounded up to it', (t) => {
  using folder = new TemporaryFolder();
  spawnSync('touch', ['-d', '@1700000000.123999999', folder.file('file')]);
  t.is(at(folder.file('file')).modifiedAtMs, 1_700_000_000_123);
});

test('a time before 1970 is 0', (t) => {
  using folder = new TemporaryFolder();
  spawnSync('touch', ['-d', '@-5', folder.file('file')]);
  t.is(at(folder.file('file')).modifiedAtMs, 0);
});

test('a directory is one, with the size that the system says', (t) => {
  using folder = new TemporaryFolder();
  const { isDirectory, isFile, isSymlink, size } = at(folder.path);
  t.deepEqual(
    { isDirectory, isFile, isSymlink, size },
    { isDirectory: true, isFile: false, isSymlink: false, size: statSync(folder.path).size },
  );
});

test('a FIFO, a socket and a device are neither file nor directory', async (t) => {
  using folder = new TemporaryFolder();
  spawnSync('mkfifo', [folder.file('fifo')]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(folder.file('socket'), resolve));
  for (const path of [folder.file('fifo'), folder.file('socket'), '/dev/null']) {
    const { isDirectory, isFile, isSymlink } = at(path);
    t.deepEqual({ isDirectory, isFile, isSymlink }, { isDirectory: false, isFile: false, isSymlink: false }, path);
  }
  server.close();
});

test('of a link all is said about what it leads to, but that it is a link', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'five!');
  symlinkSync('file', folder.file('to file'));
  symlinkSync('to file', folder.file('to link'));
  symlinkSync('.', folder.file('to directory'));
  t.deepEqual(at(folder.file('to link')), { ...at(folder.file('file')), isSymlink: true });
  t.deepEqual(at(folder.file('to directory')), { ...at(folder.path), isSymlink: true });
});

test('a second name of a file is no link', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', '');
  linkSync(folder.file('file'), folder.file('again'));
  t.false(at(folder.file('again')).isSymlink);
});

test('what is missing, what cannot be below a file, and links that lead nowhere have their own errors', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', '');
  symlinkSync('nowhere', folder.file('dangling'));
  symlinkSync('file/x', folder.file('into file'));
  symlinkSync('loop', folder.file('loop'));
  for (const [name, expected] of [
    ['missing', NOT_FOUND],
    ['missing/below', NOT_FOUND],
    ['dangling', NOT_FOUND],
    ['dangling/below', NOT_FOUND],
    ['file/below', NO_DIRECTORY],
    ['file/below/that', NO_DIRECTORY],
    ['into file', NO_DIRECTORY],
    ['loop', LOOP],
    ['loop/below', LOOP],
    ['n'.repeat(256), '-32603 Filename too long (os error 36)'],
  ] as const) {
    t.is(
      refusal(() => at(folder.file(name))),
      expected,
      name,
    );
  }
});

test('what may not be looked at is refused as that', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('closed'));
  folder.write('closed/file', '');
  chmodSync(folder.path, 0o755);
  chmodSync(folder.file('closed'), 0);
  const outcome = outcomeUnprivileged('getMetadata', { path: folder.file('closed/file'), followSymlinks: true });
  chmodSync(folder.file('closed'), 0o700);
  t.deepEqual(outcome, { fault: { code: -32600, message: 'Permission denied (os error 13)' } });
});

test('a name need not be UTF-8', (t) => {
  using folder = new TemporaryFolder();
  const path = Buffer.concat([Buffer.from(folder.file('n')), Buffer.of(0xff, 0xfe)]);
  writeFileSync(path, 'abc');
  t.is(at(path).size, 3);
  t.is(metadataOf({ path, followSymlinks: false }).size, 3);
});

test('without following links, a link is refused, and one on the way is no directory', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('directory'));
  folder.write('directory/file', 'abc');
  symlinkSync('directory', folder.file('link'));
  symlinkSync('nowhere', folder.file('dangling'));
  t.deepEqual(atNoLink(folder.file('directory/file')), at(folder.file('directory/file')));
  t.true(atNoLink('/').isDirectory);
  for (const [name, expected] of [
    ['link', '-32600 path contains a symbolic link'],
    ['dangling', '-32600 path contains a symbolic link'],
    ['link/file', NO_DIRECTORY],
    ['directory/file/below', NO_DIRECTORY],
    ['missing', NOT_FOUND],
    ['missing/below', NOT_FOUND],
  ] as const) {
    t.is(
      refusal(() => atNoLink(folder.file(name))),
      expected,
      name,
    );
  }
});

test('the text is the JSON of the metadata', (t) => {
  const metadata = at('/proc/self/exe');
  t.deepEqual(JSON.parse(metadataText(metadata)), metadata);
  t.is(metadataText(metadata), JSON.stringify(metadata));
});

test('a canonical path has no links, and is a URI whatever its bytes are', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('directory'));
  symlinkSync('directory', folder.file('link'));
  const name = Buffer.concat([Buffer.from(folder.file('directory/n')), Buffer.of(0xff)]);
  writeFileSync(name, '');
  const linked = Buffer.concat([Buffer.from(folder.file('link/n')), Buffer.of(0xff)]);
  t.is(canonicalPath(linked), fileUri(name));
  t.is(canonicalPath(folder.file('link')), fileUri(folder.file('directory')));
  t.is(canonicalPath('/'), fileUri('/'));
});

test('only what is there has a canonical path', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', '');
  symlinkSync('loop', folder.file('loop'));
  symlinkSync('nowhere', folder.file('dangling'));
  for (const [name, expected] of [
    ['missing', NOT_FOUND],
    ['dangling', NOT_FOUND],
    ['file/below', NO_DIRECTORY],
    ['loop', LOOP],
  ] as const) {
    t.is(
      refusal(() => canonicalPath(folder.file(name))),
      expected,
      name,
    );
  }
});
