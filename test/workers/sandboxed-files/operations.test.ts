/** Every operation as the helper does it, against the same operation done here. */
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import test from 'ava';
import type { FileOperation, FileOutcome, FileTasks } from '#src/pool/file-calls.js';
import { INTERNAL_ERROR, NOT_FOUND } from '#src/protocol/errors.js';
import { CAPABILITY_FILE_BYTES, FILE_BLOCK_BYTES, READ_FILE_BYTES } from '#src/protocol/limits.js';
import { fileUri } from '#src/protocol/path-uri.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { type Answer, HelperProcess } from './support/helper-process.js';

const NO_FILE = { code: NOT_FOUND, message: 'No such file or directory (os error 2)' };
const WALK_LIMITS = {
  maxDepth: 5,
  maxDirectories: 100,
  maxEntries: 100,
  followDirectorySymlinks: false,
  pruneHiddenDirectories: false,
};

type Operations = {
  readonly [O in FileOperation]: (task: FileTasks[O]['task']) => FileOutcome<FileTasks[O]['result']>;
};
const threads = (await import('#workers/files.js')) as unknown as Operations;

const here = <O extends FileOperation>(operation: O, task: FileTasks[O]['task']) => threads[operation](task);

/** The text of a result that is one. */
function textHere(operation: 'readDirectory' | 'walk' | 'discoverRoots', task: never): string | undefined {
  const outcome = here(operation, task);
  return 'done' in outcome ? (outcome.done as string) : undefined;
}

const faultOf = (answer: Answer) => ('fault' in answer ? answer.fault : undefined);
const doneOf = (answer: Answer) => ('done' in answer ? answer.done : answer.fault);

test('metadata and canonical paths are those of here', async (t) => {
  using folder = new TemporaryFolder();
  await using helper = new HelperProcess();
  folder.write('file', 'text');
  symlinkSync('file', folder.file('link'));
  for (const [name, followSymlinks] of [
    ['file', true],
    ['file', false],
    ['link', true],
    ['link', false],
    ['none', true],
    ['.', true],
  ] as const) {
    const task = { path: folder.file(name), followSymlinks };
    const { text, ...outcome } = await helper.ask('getMetadata', task);
    t.deepEqual(outcome, here('getMetadata', task), name);
    t.is(text, undefined);
    const path = { path: folder.file(name) };
    t.deepEqual(doneOf(await helper.ask('canonicalize', path)), Object.values(here('canonicalize', path))[0], name);
  }
});

test('paths that are not UTF-8 are the same paths there', async (t) => {
  using folder = new TemporaryFolder();
  await using helper = new HelperProcess();
  const path = Buffer.concat([Buffer.from(folder.file('x')), Buffer.of(0xff, 0xfe)]);
  t.deepEqual(doneOf(await helper.ask('writeFile', { path, followSymlinks: true, bytes: Buffer.from('bytes') })), null);
  t.is(readFileSync(path, 'utf8'), 'bytes');
  t.is(doneOf(await helper.ask('canonicalize', { path })), `${fileUri(folder.path)}/x%FF%FE`);
  t.is(
    (await helper.ask('readFile', { path, followSymlinks: true, limitBytes: 100 })).text,
    '{"dataBase64":"Ynl0ZXM="}',
  );
});

test('files are written and read whole, empty, small and large', async (t) => {
  using folder = new TemporaryFolder();
  await using helper = new HelperProcess();
  for (const [index, size] of [0, 1, 100_000, 20 * 1024 * 1024].entries()) {
    const path = folder.file(`f${index}`);
    const bytes = Buffer.alloc(size, 'some text ');
    t.is(doneOf(await helper.ask('writeFile', { path, followSymlinks: true, bytes })), null);
    t.true(readFileSync(path).equals(bytes));
    const { text } = await helper.ask('readFile', { path, followSymlinks: true, limitBytes: READ_FILE_BYTES });
    t.true(Buffer.from(JSON.parse(text!).dataBase64, 'base64').equals(bytes), `${size} bytes`);
  }
});

test('a file above the limit is refused', async (t) => {
  using folder = new TemporaryFolder();
  await using helper = new HelperProcess();
  folder.write('file', '12345');
  const task = { path: folder.file('file'), followSymlinks: true, limitBytes: 4 };
  const { text, ...outcome } = await helper.ask('readFile', task);
  t.deepEqual(outcome, here('readFile', task));
  t.is(text, undefined);
});

test('directories are made, listed and removed', async (t) => {
  using folder = new TemporaryFolder();
  await using helper = new HelperProcess();
  const path = folder.file('a/b');
  const place = { path, followSymlinks: true };
  t.deepEqual(faultOf(await helper.ask('createDirectory', { ...place, recursive: false })), NO_FILE);
  t.is(doneOf(await helper.ask('createDirectory', { ...place, recursive: true })), null);
  writeFileSync(`${path}/file`, '');
  t.is((await helper.ask('readDirectory', { path })).text, textHere('readDirectory', { path } as never));
  const remove = { ...place, force: false };
  const refused = await helper.ask('remove', { ...remove, recursive: false });
  t.deepEqual(faultOf(refused), { code: INTERNAL_ERROR, message: 'Directory not empty (os error 39)' });
  t.is(doneOf(await helper.ask('remove', { ...remove, recursive: true })), null);
  t.false(existsSync(path));
  t.deepEqual(faultOf(await helper.ask('remove', { ...remove, recursive: true })), NO_FILE);
  t.is(doneOf(await helper.ask('remove', { ...remove, force: true, recursive: true })), null);
});

test('trees are walked and copied', async (t) => {
  using folder = new TemporaryFolder();
  await using helper = new HelperProcess();
  mkdirSync(folder.file('tree/sub'), { recursive: true });
  folder.write('tree/sub/file', 'text');
  symlinkSync('sub', folder.file('tree/link'));
  const walk = { root: fileUri(folder.path), limits: WALK_LIMITS };
  t.is((await helper.ask('walk', walk)).text, textHere('walk', walk as never));
  const copy = { source: folder.file('tree'), destination: folder.file('copy'), recursive: true };
  t.is(doneOf(await helper.ask('copy', copy)), null);
  t.is(folder.read('copy/sub/file'), 'text');
  t.true(lstatSync(folder.file('copy/link')).isSymbolicLink());
  t.deepEqual(faultOf(await helper.ask('copy', { ...copy, source: folder.file('none') })), NO_FILE);
});

test('capabilities are discovered', async (t) => {
  using folder = new TemporaryFolder();
  await using helper = new HelperProcess();
  mkdirSync(folder.file('skill/agents'), { recursive: true });
  folder.write('skill/SKILL.md', '---\nname: a\ndescription: b\n---\n');
  folder.write('skill/agents/openai.yaml', 'interface: {}\n');
  const roots = ['skill', 'none'].map((name) => ({ id: name, path: fileUri(folder.file(name)), refusal: null }));
  const task = { roots: [...roots, { id: 'r', path: fileUri('/'), refusal: 'no' }], limitBytes: CAPABILITY_FILE_BYTES };
  t.is((await helper.ask('discoverRoots', task)).text, textHere('discoverRoots', task as never));
});

test('an open file is written and read in blocks, also far beyond its end', async (t) => {
  using folder = new TemporaryFolder();
  await using helper = new HelperProcess();
  const path = folder.file('file');
  const written = doneOf(await helper.ask('openFile', { path, mode: 'replace' })) as { fd: number };
  const block = Buffer.alloc(FILE_BLOCK_BYTES, 'x');
  for (let index = 0; index < 8; index++) {
    const task = { fd: written.fd, offset: index * block.length, bytes: block };
    t.is(doneOf(await helper.ask('writeBlock', task)), null);
  }
  t.is(lstatSync(path).size, 8 * FILE_BLOCK_BYTES);
  const { fd } = doneOf(await helper.ask('openFile', { path, mode: 'read' })) as { fd: number };
  for (const [offset, length, eof] of [
    [0, FILE_BLOCK_BYTES, false],
    [8 * FILE_BLOCK_BYTES - 2, 100, true],
    [2n ** 62n, 5, true],
  ] as const) {
    const answer = await helper.ask('readBlock', { fd, offset, length });
    t.deepEqual(doneOf(answer), { eof });
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, 8 * FILE_BLOCK_BYTES - Number(offset))), 'x');
    t.is(answer.text, `{"chunk":"${bytes.toString('base64')}","eof":${eof}}`);
  }
  for (const open of [written.fd, fd]) {
    t.is(doneOf(await helper.askRaw({ operation: 'closeFile', task: { fd: open } })), null);
    t.is(faultOf(await helper.ask('readBlock', { fd: open, offset: 0, length: 1 }))?.code, INTERNAL_ERROR);
  }
});

test('a FIFO holds up nobody', async (t) => {
  using folder = new TemporaryFolder();
  await using helper = new HelperProcess();
  const path = folder.file('fifo');
  execFileSync('mkfifo', [path]);
  const place = { path, followSymlinks: true };
  const answers = await Promise.all([
    helper.ask('readFile', { ...place, limitBytes: 10 }),
    helper.ask('writeFile', { ...place, bytes: Buffer.from('x') }),
    helper.ask('openFile', { path, mode: 'read' }),
    helper.ask('openFile', { path, mode: 'replace' }),
    helper.ask('copy', { source: path, destination: folder.file('copy'), recursive: true }),
  ]);
  t.deepEqual(
    answers.map((answer) => 'fault' in answer),
    [true, true, true, true, true],
  );
  t.like(doneOf(await helper.ask('getMetadata', place)), { isFile: false, isDirectory: false });
});
