import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import test from 'ava';
import { INTERNAL_ERROR, INVALID_REQUEST, type RpcError } from '#src/protocol/errors.js';
import { descriptorsOf } from '#test/support/procfs.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { copy } from '#workers/files/copy.js';
import { plant, plantDeep } from './support/tree.js';

const never = () => new Int32Array(new SharedArrayBuffer(4));

/** Both in the folder. */
const copyIn = (folder: TemporaryFolder, source: string, destination: string, recursive = true) =>
  copy({ source: folder.file(source), destination: folder.file(destination), recursive, gone: never() });

const modeOf = (path: string) => statSync(path).mode & 0o7777;

/** Every path below, and the contents of files and links. */
function contents(path: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()) {
    const place = `${path}/${name}`;
    const stats = lstatSync(place);
    if (stats.isFile()) found[name] = readFileSync(place, 'utf8');
    else found[name] = stats.isSymbolicLink() ? `->${readlinkSync(place)}` : 'no file';
  }
  return found;
}

// ---- files -------------------------------------------------------------------------------------------

test('a file is copied with all bits of its mode', (t) => {
  using folder = new TemporaryFolder();
  folder.write('source', 'text');
  for (const mode of [0o600, 0o755, 0o4751, 0o444]) {
    chmodSync(folder.file('source'), mode);
    copyIn(folder, 'source', `copy-${mode}`);
    t.is(folder.read(`copy-${mode}`), 'text');
    t.is(modeOf(folder.file(`copy-${mode}`)), mode);
  }
});

test('an existing file is overwritten in place', (t) => {
  using folder = new TemporaryFolder();
  folder.write('source', 'new');
  folder.write('destination', 'old and longer');
  linkSync(folder.file('destination'), folder.file('other-name'));
  symlinkSync('destination', folder.file('link'));
  chmodSync(folder.file('source'), 0o640);
  copyIn(folder, 'source', 'link');
  t.is(folder.read('other-name'), 'new');
  t.is(modeOf(folder.file('other-name')), 0o640);
  t.is(readlinkSync(folder.file('link')), 'destination');
});

test('a link that leads nowhere gets its target', (t) => {
  using folder = new TemporaryFolder();
  folder.write('source', 'text');
  symlinkSync('target', folder.file('link'));
  copyIn(folder, 'source', 'link');
  t.is(folder.read('target'), 'text');
});

test('a file copied onto itself stays as it is, whatever its names', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'text');
  chmodSync(folder.file('file'), 0o4711);
  linkSync(folder.file('file'), folder.file('hard'));
  symlinkSync('file', folder.file('soft'));
  symlinkSync('.', folder.file('here'));
  const before = statSync(folder.file('file'));
  for (const name of ['file', 'hard', 'soft', 'here/file']) {
    copyIn(folder, 'file', name);
    t.is(folder.read('file'), 'text', name);
  }
  const after = statSync(folder.file('file'));
  t.deepEqual([after.mtimeMs, after.ctimeMs, after.mode], [before.mtimeMs, before.ctimeMs, before.mode]);
});

test('a file that the kernel makes up is copied to its end, although it has no size', (t) => {
  using folder = new TemporaryFolder();
  copy({ source: '/proc/self/status', destination: folder.file('copy'), recursive: false, gone: never() });
  t.regex(folder.read('copy'), /^Name:/);
});

test('a file of many pieces is copied whole', (t) => {
  using folder = new TemporaryFolder();
  const bytes = Buffer.from(Uint32Array.from({ length: 300_000 }, (_, index) => index * 2654435761).buffer);
  writeFileSync(folder.file('source'), bytes);
  copyIn(folder, 'source', 'copy');
  t.true(readFileSync(folder.file('copy')).equals(bytes));
});

test('holes stay holes', (t) => {
  using folder = new TemporaryFolder();
  const sizeBytes = 16 * 1024 * 1024;
  const source = openSync(folder.file('source'), 'w');
  writeSync(source, 'start', 0);
  writeSync(source, 'middle', sizeBytes / 2 - 3);
  closeSync(source);
  truncateSync(folder.file('source'), sizeBytes);
  folder.write('destination', 'x'.repeat(1000));
  copyIn(folder, 'source', 'destination');
  const copied = statSync(folder.file('destination'));
  t.is(copied.size, sizeBytes);
  t.true(copied.blocks * 512 < sizeBytes / 8);
  t.true(readFileSync(folder.file('destination')).equals(readFileSync(folder.file('source'))));
});

test('zeros that are no hole are written', (t) => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.file('source'), Buffer.alloc(1 << 20));
  copyIn(folder, 'source', 'copy');
  t.true(statSync(folder.file('copy')).blocks * 512 >= 1 << 20);
});

test('a place where no file can be is an error, and nothing is made', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { file: 'text', other: 'text', directory: {} });
  t.throws(() => copyIn(folder, 'file', 'directory'), { code: 'EISDIR' });
  t.throws(() => copyIn(folder, 'file', 'missing/file'), { code: 'ENOENT' });
  t.throws(() => copyIn(folder, 'file', 'other/file'), { code: 'ENOTDIR' });
  t.throws(() => copyIn(folder, 'missing', 'copy'), { code: 'ENOENT' });
  t.deepEqual(contents(folder.path), { directory: 'no file', file: 'text', other: 'text' });
});

// ---- what is no file ------------------------------------------------------------------------------------

test('a FIFO, a socket and a device are refused as a source, without being opened', async (t) => {
  using folder = new TemporaryFolder();
  const refusal = {
    code: INVALID_REQUEST,
    message: 'fs/copy only supports regular files, directories, and symlinks',
  } as object;
  execFileSync('mkfifo', [folder.file('fifo')]);
  t.throws(() => copyIn(folder, 'fifo', 'copy'), refusal);
  t.throws(
    () => copy({ source: '/dev/null', destination: folder.file('copy'), recursive: false, gone: never() }),
    refusal,
  );
  const server = createServer().listen(folder.file('socket'));
  await once(server, 'listening');
  t.throws(() => copyIn(folder, 'socket', 'copy'), refusal);
  server.close();
  t.false(readdirSync(folder.path).includes('copy'));
});

test('a FIFO as a destination is refused, with a reader or without', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('source', 'text');
  execFileSync('mkfifo', [folder.file('fifo')]);
  const refusal = { code: INVALID_REQUEST, message: `path \`${folder.file('fifo')}\` is not a file` } as object;
  t.throws(() => copyIn(folder, 'source', 'fifo'), refusal);
  const reader = openSync(folder.file('fifo'), constants.O_RDONLY | constants.O_NONBLOCK);
  t.throws(() => copyIn(folder, 'source', 'fifo'), refusal);
  closeSync(reader);
});

test('a program that waits at a FIFO is not woken by a copy', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('source', 'text');
  execFileSync('mkfifo', [folder.file('fifo')]);
  const reader = spawn('cat', [folder.file('fifo')]);
  t.teardown(() => reader.kill());
  const [output] = [once(reader.stdout, 'data')];
  t.throws(() => copyIn(folder, 'source', 'fifo'));
  t.throws(() => copyIn(folder, 'fifo', 'copy'));
  // Had it been opened, the reader would have come to an end.
  writeFileSync(folder.file('fifo'), 'from somebody else');
  t.is(String((await output)[0]), 'from somebody else');
});

test('a device such as /dev/null takes a copy and keeps its mode', (t) => {
  using folder = new TemporaryFolder();
  folder.write('source', 'text');
  const before = modeOf('/dev/null');
  copy({ source: folder.file('source'), destination: '/dev/null', recursive: false, gone: never() });
  t.is(modeOf('/dev/null'), before);
});

// ---- links ---------------------------------------------------------------------------------------------

test('a link is copied as the text that it is, whether it leads anywhere or not', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { file: 'text', link: '->file', dangling: '->../no where' });
  symlinkSync(Buffer.of(0xff), folder.file('odd'));
  for (const name of ['link', 'dangling', 'odd']) {
    copyIn(folder, name, `${name}-copy`, false);
    t.deepEqual(readlinkSync(folder.file(`${name}-copy`), 'buffer'), readlinkSync(folder.file(name), 'buffer'));
  }
  t.throws(() => copyIn(folder, 'link', 'file'), { code: 'EEXIST' });
  t.throws(() => copyIn(folder, 'link', 'link'), { code: 'EEXIST' });
  t.is(folder.read('file'), 'text');
});

// ---- trees ----------------------------------------------------------------------------------------------

test('a directory is copied with everything below it, and only when that is asked for', (t) => {
  using folder = new TemporaryFolder();
  const tree = { file: '1', directory: { file: '2', empty: {} }, link: '->nowhere' };
  plant(folder.path, { source: tree });
  t.throws(() => copyIn(folder, 'source', 'copy', false), {
    code: INVALID_REQUEST,
    message: 'fs/copy requires recursive: true when sourcePath is a directory',
  } as object);
  copyIn(folder, 'source', 'new/parents/copy');
  t.deepEqual(contents(folder.file('new/parents/copy')), contents(folder.file('source')));
});

test('modes of files are copied, those of directories are not', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { source: { directory: { program: '' } }, usual: {} });
  chmodSync(folder.file('source/directory/program'), 0o4750);
  chmodSync(folder.file('source/directory'), 0o700);
  copyIn(folder, 'source', 'copy');
  t.is(modeOf(folder.file('copy/directory/program')), 0o4750);
  t.is(modeOf(folder.file('copy/directory')), modeOf(folder.file('usual')));
});

test('what is there already is merged with: files overwritten, links on the way followed', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, {
    source: { a: { file: 'new' }, b: { file: 'new' }, c: 'new' },
    destination: { a: { file: 'old', other: 'kept' }, b: '->../elsewhere', c: '->../written-through' },
    elsewhere: {},
  });
  copyIn(folder, 'source', 'destination');
  t.deepEqual(contents(folder.file('destination/a')), { file: 'new', other: 'kept' });
  t.is(folder.read('elsewhere/file'), 'new');
  t.is(folder.read('written-through'), 'new');
});

test('special files below are passed over', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { source: { file: 'text' } });
  execFileSync('mkfifo', [folder.file('source/fifo')]);
  copyIn(folder, 'source', 'copy');
  t.deepEqual(contents(folder.file('copy')), { file: 'text' });
});

test('a copy ends where something is in the way', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, {
    link: { name: '->x' },
    directory: { name: {} },
    file: { name: 'text' },
    'in the way of a link': { name: '' },
    'in the way of a directory': { name: '' },
    'in the way of a directory, too': { name: '->nowhere' },
    'in the way of a file': { name: {} },
    plain: '',
    dangling: '->nowhere',
  });
  t.throws(() => copyIn(folder, 'link', 'in the way of a link'), { code: 'EEXIST' });
  t.throws(() => copyIn(folder, 'directory', 'in the way of a directory'), { code: 'EEXIST' });
  t.throws(() => copyIn(folder, 'directory', 'in the way of a directory, too'), { code: 'EEXIST' });
  t.throws(() => copyIn(folder, 'file', 'in the way of a file'), { code: 'EISDIR' });
  t.throws(() => copyIn(folder, 'file', 'plain'), { code: 'EEXIST' });
  t.throws(() => copyIn(folder, 'file', 'dangling'), { code: 'EEXIST' });
  t.throws(() => copyIn(folder, 'file', 'plain/below'), { code: 'ENOTDIR' });
});

test('what cannot be overwritten is named as it was asked for', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { source: { a: { b: 'text' } }, destination: { a: {} } });
  execFileSync('mkfifo', [folder.file('destination/a/b')]);
  t.throws(() => copyIn(folder, 'source', 'destination'), {
    message: `path \`${folder.file('destination/a/b')}\` is not a file`,
  });
});

test('a directory is not copied into itself, however that is spelled', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { source: { below: { file: 'text' } }, link: '->source/below', 'source-2': {} });
  const before = contents(folder.path);
  for (const destination of ['source', 'source/below', 'source/new', 'source/new/er', 'link', 'link/new']) {
    t.throws(
      () => copyIn(folder, 'source', destination),
      {
        code: INVALID_REQUEST,
        message: 'fs/copy cannot copy a directory to itself or one of its descendants',
      } as object,
      destination,
    );
  }
  t.throws(() => copy({ source: '/', destination: folder.file('new'), recursive: true, gone: never() }), {
    message: /descendants/,
  });
  t.deepEqual(contents(folder.path), before);
  t.notThrows(() => copyIn(folder, 'source', 'source-2'));
  t.notThrows(() => copyIn(folder, 'source/below', ''));
});

test('a link that leads a copy into its source does not make it grow without an end', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { source: { a: { file: '', b: {} } }, destination: { a: '->../source/a/b' } });
  t.throws(() => copyIn(folder, 'source', 'destination'), { message: /descendants/ });
});

test('names that are not UTF-8 are copied as they are', (t) => {
  using folder = new TemporaryFolder();
  const place = (name: string) => Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from(name, 'latin1')]);
  mkdirSync(place('\xff'));
  mkdirSync(place('\xff/\xfe'));
  writeFileSync(place('\xff/\xfe/\xfd'), 'text');
  // As they come from the main thread.
  const [source, destination] = [new Uint8Array(place('\xff')), new Uint8Array(place('\xee'))];
  copy({ source, destination, recursive: true, gone: never() });
  t.is(readFileSync(place('\xee/\xfe/\xfd'), 'utf8'), 'text');
});

test('a tree deeper than a path may be long is copied', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('source'));
  plantDeep(folder.file('source'), Array<string>(400).fill('deep'.repeat(3)), 'file');
  try {
    copyIn(folder, 'source', 'copy');
    const depth = (name: string) =>
      execFileSync('find', [folder.file(name), '-printf', '%d %f\n'], { encoding: 'utf8' });
    t.is(depth('copy').trimEnd().split('\n').at(-1), '401 file');
  } finally {
    execFileSync('rm', ['-rf', folder.file('source'), folder.file('copy')]);
  }
});

// ---- ends ------------------------------------------------------------------------------------------------

test('a copy that nobody waits for ends', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { file: 'text', directory: { file: 'text' } });
  const gone = never().fill(1);
  for (const source of ['file', 'directory']) {
    const error = t.throws(() =>
      copy({ source: folder.file(source), destination: folder.file('copy'), recursive: true, gone }),
    );
    t.is((error as RpcError).code, INTERNAL_ERROR);
    execFileSync('rm', ['-r', folder.file('copy')]);
  }
});

test('no copy leaves a descriptor open, whether it comes to its end or not', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { source: { a: { b: { c: 'text', d: '->x' } } }, blocked: { a: { b: { d: '' } } }, file: '' });
  const open = () => descriptorsOf(process.pid).filter((path) => path.startsWith(folder.path));
  copyIn(folder, 'source', 'copy');
  copyIn(folder, 'file', 'copied-file');
  t.throws(() => copyIn(folder, 'source', 'blocked'), { code: 'EEXIST' });
  t.throws(() => copyIn(folder, 'file', 'source'));
  t.deepEqual(open(), []);
});
