import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import test from 'ava';
import { blaming } from '#src/cli/copy/fault.js';
import { LocalSide, localUri } from '#src/cli/copy/local-side.js';
import type { Sink, Source } from '#src/cli/copy/side.js';
import { FILE_BLOCK_BYTES } from '#src/protocol/limits.js';
import { fileUri } from '#src/protocol/path-uri.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const side = new LocalSide();
const umask = process.umask();
const modeOf = (path: string) => statSync(path).mode & 0o7777;

async function written(sink: Sink, ...pieces: readonly string[]): Promise<number> {
  for (const piece of pieces) await sink.write(Buffer.from(piece));
  return await sink.close();
}

async function everything(source: Source): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (;;) {
    const bytes = await source.read();
    if (bytes === undefined) break;
    pieces.push(Buffer.from(bytes));
  }
  await source.close();
  return Buffer.concat(pieces);
}

test('what is there is told, through links', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'four');
  utimesSync(folder.file('file'), 1.5, 1.5);
  symlinkSync('file', folder.file('link'));
  symlinkSync('nowhere', folder.file('dangling'));
  execFileSync('mkfifo', [folder.file('fifo')]);
  const look = (name: string) => side.look(fileUri(folder.file(name)));
  t.deepEqual(await look('file'), { kind: 'file', size: 4, modifiedAtMs: 1500 });
  t.deepEqual(await look('link'), { kind: 'file', size: 4, modifiedAtMs: 1500 });
  t.deepEqual(await look('.'), { kind: 'folder' });
  t.deepEqual(await look('fifo'), { kind: 'special' });
  t.is(await look('dangling'), undefined);
  t.is(await look('missing'), undefined);
  await t.throwsAsync(look('file/x'), { code: 'ENOTDIR' });
});

test('names are bytes', async (t) => {
  using folder = new TemporaryFolder();
  const name = Buffer.from([0x61, 0xff, 0x0a]);
  writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/`), name]), '');
  t.deepEqual(await side.list(fileUri(folder.path)), [name]);
});

test('a path is resolved as the system does: .. behind a link leads out of where it points to', async (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('real/deep'), { recursive: true });
  symlinkSync('real/deep', folder.file('link'));
  const real = fileUri(realpathSync(folder.file('real')));
  t.is(await localUri(`${folder.path}/link/..`), real);
  t.is(await localUri(`${folder.path}/link/../new`), `${real}/new` as never);
  t.is(await localUri(`${folder.path}/link/x`), fileUri(folder.file('link/x')));
  t.is(await localUri('x'), fileUri(`${process.cwd()}/x`));
  await t.throwsAsync(localUri(`${folder.path}/missing/../x`), { code: 'ENOENT' });
});

test('a file is read whole, in blocks', async (t) => {
  using folder = new TemporaryFolder();
  const content = Buffer.alloc(2 * FILE_BLOCK_BYTES + 5, 'abc');
  writeFileSync(folder.file('a'), content);
  t.true((await everything(await side.read(fileUri(folder.file('a'))))).equals(content));
});

test('what has become a pipe is not waited for', async (t) => {
  using folder = new TemporaryFolder();
  execFileSync('mkfifo', [folder.file('fifo')]);
  const spot = { shown: 'fifo' };
  await t.throwsAsync(
    blaming(spot, () => side.read(fileUri(folder.file('fifo')))),
    { message: 'fifo: is not a regular file' },
  );
});

test('a new file has its name only when it is kept, and then the mode of the source without what the umask takes', async (t) => {
  using folder = new TemporaryFolder();
  const sink = await side.write(fileUri(folder.file('new')));
  t.is(await written(sink, 'one ', 'two'), 7);
  const [part, ...more] = readdirSync(folder.path);
  t.regex(part!, /^\.new\.[0-9a-f]{12}\.part$/);
  t.deepEqual(more, []);
  t.is(modeOf(folder.file(part!)), 0o600, 'until it is known who may read it, nobody else may');
  await sink.keep(0o6777);
  t.deepEqual(readdirSync(folder.path), ['new']);
  t.is(folder.read('new'), 'one two');
  t.is(modeOf(folder.file('new')), 0o777 & ~umask);
});

test('where the mode of the source is not known a file gets the usual one', async (t) => {
  using folder = new TemporaryFolder();
  const sink = await side.write(fileUri(folder.file('new')));
  await written(sink, '');
  await sink.keep(undefined);
  t.is(modeOf(folder.file('new')), 0o666 & ~umask);
});

test('a file that is there is replaced and keeps its permissions, but sets no user any more; a link to it stays one', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('old', 'before, and longer');
  chmodSync(folder.file('old'), 0o6604);
  symlinkSync('old', folder.file('link'));
  const sink = await side.write(fileUri(folder.file('link')));
  await written(sink, 'after');
  t.is(folder.read('old'), 'before, and longer');
  await sink.keep(0o755);
  t.deepEqual([folder.read('old'), modeOf(folder.file('old'))], ['after', 0o604]);
  t.true(lstatSync(folder.file('link')).isSymbolicLink());
});

test('a file that is there keeps its owner and group, where we may give it away', async (t) => {
  if (process.geteuid!() !== 0) return t.pass('we may not');
  using folder = new TemporaryFolder();
  folder.write('old', 'before');
  chownSync(folder.file('old'), 12_345, 54_321);
  const sink = await side.write(fileUri(folder.file('old')));
  await written(sink, 'after');
  await sink.keep(undefined);
  const { uid, gid } = statSync(folder.file('old'));
  t.deepEqual([folder.read('old'), uid, gid], ['after', 12_345, 54_321]);
});

test('what is given up leaves nothing, and what was there before', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('old', 'before');
  for (const close of [false, true]) {
    const sink = await side.write(fileUri(folder.file('old')));
    await sink.write(Buffer.from('half'));
    if (close) await sink.close();
    t.is(await sink.discard(), 'nothing left');
  }
  t.deepEqual([readdirSync(folder.path), folder.read('old')], [['old'], 'before']);
});

for (const name of ['n'.repeat(255), 'é'.repeat(127)]) {
  test(`a name of ${Buffer.byteLength(name)} bytes has room for its unfinished file`, async (t) => {
    using folder = new TemporaryFolder();
    const sink = await side.write(fileUri(folder.file(name)));
    const [part] = readdirSync(folder.path);
    t.false(part!.includes('\ufffd'));
    await written(sink, 'x');
    await sink.keep(undefined);
    t.deepEqual(readdirSync(folder.path), [name]);
  });
}

test('a folder is not replaced by a file', async (t) => {
  using folder = new TemporaryFolder();
  await t.throwsAsync(
    blaming({ shown: 'there' }, () => side.write(fileUri(folder.path))),
    { message: 'there: is a folder' },
  );
});

test('a device is written to, not replaced', async (t) => {
  const sink = await side.write(fileUri('/dev/null'));
  t.is(await written(sink, 'gone'), 4);
  await sink.keep(0o777);
  t.true(statSync('/dev/null').isCharacterDevice());
  t.not(modeOf('/dev/null'), 0o777);
});

test('a folder that is there is as good as a new one; a file in its place is not', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', '');
  const make = (name: string) => side.makeFolder(fileUri(folder.file(name)));
  await make('new');
  await make('new');
  t.true(statSync(folder.file('new')).isDirectory());
  await t.throwsAsync(make('file'), { code: 'EEXIST' });
  await t.throwsAsync(make('missing/new'), { code: 'ENOENT' });
});

test('permissions and identity are those of what a link leads to', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', '');
  chmodSync(folder.file('file'), 0o751);
  symlinkSync('file', folder.file('link'));
  t.is(await side.permissions(fileUri(folder.file('link'))), 0o751);
  t.is(await side.identity(fileUri(folder.file('link'))), fileUri(realpathSync(folder.file('file'))));
  t.is(readFileSync(folder.file('link'), 'utf8'), '');
});
