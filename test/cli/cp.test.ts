/** `farhand cp`: what arrives, where, and what it says. */
import { execFile, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { startRecordingProxy } from '#test/support/recording-proxy.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { CLI, farhand, type Outcome, type Served, serve } from './support/farhand.js';

const execute = promisify(execFile);

let executor: Served;
test.before(async () => {
  executor = await serve();
});
test.after.always(() => executor[Symbol.asyncDispose]());

const there = (path: string) => `${executor.url}:${path}`;
const cp = (...args: readonly string[]): Promise<Outcome> => farhand(['cp', ...args]);
const modeOf = (path: string) => statSync(path).mode & 0o7777;

/** Everything below a folder, with the digests of files, by name as Latin-1. */
function contentOf(folder: Buffer | string): Record<string, unknown> {
  const entries = readdirSync(Buffer.from(folder as string), { encoding: 'buffer' }).map((name) => {
    const path = Buffer.concat([Buffer.from(folder as string), Buffer.from('/'), name]);
    const isFolder = statSync(path).isDirectory();
    const content = isFolder ? contentOf(path) : createHash('sha256').update(readFileSync(path)).digest('hex');
    return [name.toString('latin1'), content] as const;
  });
  return Object.fromEntries(entries);
}

const awkward = [
  'new\nline',
  'back\\slash',
  'carriage\rreturn',
  "quote'd $(x) `y`",
  '-r',
  ' ',
  'é日🚀',
  '100%',
  'a?b#c',
  '*',
];

/** A tree with all kinds of names and files that can be copied. */
function plant(folder: string): void {
  mkdirSync(join(folder, 'deep/er/still'), { recursive: true });
  mkdirSync(join(folder, 'empty'));
  writeFileSync(join(folder, 'zero'), '');
  writeFileSync(join(folder, 'deep/er/blocks'), randomBytes(2 ** 20));
  writeFileSync(join(folder, 'deep/large'), randomBytes(3_500_000));
  for (const name of awkward) writeFileSync(join(folder, name), `in ${name}`);
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/deep/`), Buffer.from([0x61, 0xff, 0xfe])]), 'bytes');
  mkdirSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xc3])]));
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xc3, 0x2f, 0xa9])]), 'deeper bytes');
}

test.serial('a file goes there and comes back, with a line for each', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('a', 'hello\n');
  const [a, b, c] = ['a', 'b', 'c'].map((name) => folder.file(name)) as [string, string, string];
  const up = await cp(a, there(b));
  t.like(up, { code: 0 });
  t.is(up.stdout.length, 0);
  t.regex(up.stderr, new RegExp(`^${a} -> ${there(b)}  6 B  \\d+\\.\\d s\n$`));
  const down = await cp(there(b), c);
  t.like(down, { code: 0 });
  t.regex(down.stderr, new RegExp(`^${there(b)} -> ${c}  6 B  \\d+\\.\\d s\n$`));
  t.deepEqual([folder.read('b'), folder.read('c')], ['hello\n', 'hello\n']);
});

test.serial('into a folder it goes under its name, elsewhere it takes the new one', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('a', 'a');
  for (const name of ['here', 'far']) mkdirSync(folder.file(name));
  t.like(await cp('-q', folder.file('a'), there(folder.file('far'))), { code: 0, stderr: '' });
  t.like(await cp('-q', there(folder.file('far/a')), `${folder.file('here')}/`), { code: 0, stderr: '' });
  t.like(await cp('-q', there(folder.file('a')), folder.file('here/b')), { code: 0, stderr: '' });
  t.deepEqual([readdirSync(folder.file('far')), readdirSync(folder.file('here'))], [['a'], ['a', 'b']]);
});

test.serial('a tree goes there and comes back, whatever its names are', async (t) => {
  using folder = new TemporaryFolder();
  plant(folder.file('tree'));
  t.like(await cp('-q', '-r', folder.file('tree'), there(folder.file('far'))), { code: 0, stderr: '' });
  t.deepEqual(contentOf(folder.file('far')), contentOf(folder.file('tree')));
  t.like(await cp('-q', '-r', there(folder.file('far')), folder.file('back')), { code: 0, stderr: '' });
  t.deepEqual(contentOf(folder.file('back')), contentOf(folder.file('tree')));
});

test.serial('within one executor a tree is copied in the same way', async (t) => {
  using folder = new TemporaryFolder();
  plant(folder.file('tree'));
  symlinkSync('zero', folder.file('tree/link'));
  t.like(await cp('-q', '-r', there(folder.file('tree')), there(folder.file('twin'))), { code: 0, stderr: '' });
  t.deepEqual(contentOf(folder.file('twin')), contentOf(folder.file('tree')));
});

test.serial('from one executor to another it passes through here', async (t) => {
  await using other = await serve();
  using folder = new TemporaryFolder();
  plant(folder.file('tree'));
  const { code, stderr } = await cp('-q', '-r', there(folder.file('tree')), `${other.url}:${folder.file('twin')}`);
  t.deepEqual([code, stderr], [0, '']);
  t.deepEqual(contentOf(folder.file('twin')), contentOf(folder.file('tree')));
});

test.serial('a folder that is there is filled up, and files in it replaced', async (t) => {
  using folder = new TemporaryFolder();
  for (const name of ['tree', 'far/tree']) mkdirSync(folder.file(name), { recursive: true });
  folder.write('tree/a', 'new');
  folder.write('far/tree/a', 'old, and longer');
  folder.write('far/tree/b', 'stays');
  t.like(await cp('-q', '-r', `${folder.file('tree')}/`, there(folder.file('far'))), { code: 0, stderr: '' });
  t.deepEqual([folder.read('far/tree/a'), folder.read('far/tree/b')], ['new', 'stays']);
});

test.serial('what a dot stands for goes into the folder itself', async (t) => {
  using folder = new TemporaryFolder();
  for (const name of ['tree', 'far']) mkdirSync(folder.file(name));
  folder.write('tree/a', 'a');
  t.like(await cp('-q', '-r', `${folder.file('tree')}/.`, there(folder.file('far'))), { code: 0, stderr: '' });
  t.deepEqual(readdirSync(folder.file('far')), ['a']);
});

test.serial('links are followed, and what leads back or is no file is skipped with a line', async (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('tree/sub'), { recursive: true });
  folder.write('tree/a', 'a');
  symlinkSync('a', folder.file('tree/link'));
  symlinkSync('../..', folder.file('tree/sub/loop'));
  execFileSync('mkfifo', [folder.file('tree/fifo')]);
  const source = there(folder.file('tree'));
  const { code, stderr } = await cp('-q', '-r', source, folder.file('tree-here'));
  t.is(code, 1);
  t.deepEqual(stderr.split('\n').sort(), [
    '',
    'farhand: 2 of 4 files and folders were not copied',
    `farhand: ${source}/fifo: is neither a file nor a folder, and is skipped`,
    `farhand: ${source}/sub/loop/tree: leads back to ${source}, and is skipped`,
  ]);
  t.is(readFileSync(folder.file('tree-here/link'), 'utf8'), 'a');
});

test.serial('a file that can be executed there can be here, and the other way round', async (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('tree'));
  for (const [name, mode] of Object.entries({ run: 0o755, secret: 0o600, 'new\nline': 0o700, plain: 0o644 })) {
    folder.write(`tree/${name}`, name);
    chmodSync(folder.file(`tree/${name}`), mode);
  }
  t.like(await cp('-q', '-r', folder.file('tree'), there(folder.file('far'))), { code: 0, stderr: '' });
  const executable = ['run', 'secret', 'new\nline', 'plain'].map(
    (name) => (modeOf(folder.file(`far/${name}`)) & 0o100) !== 0,
  );
  t.deepEqual(executable, [true, false, true, false]);
  t.like(await cp('-q', '-r', there(folder.file('tree')), folder.file('here')), { code: 0, stderr: '' });
  const modes = ['run', 'secret', 'new\nline', 'plain'].map((name) => modeOf(folder.file(`here/${name}`)));
  t.deepEqual(
    modes,
    [0o755, 0o600, 0o700, 0o644].map((mode) => mode & ~process.umask()),
  );
});

test.serial('a relative path counts from the working directory there', async (t) => {
  using folder = new TemporaryFolder();
  t.like(await cp('-q', there('test/../package.json'), folder.path), { code: 0, stderr: '' });
  t.is(folder.read('package.json'), readFileSync('package.json', 'utf8'));
});

test.serial('a file: URI names what no text can', async (t) => {
  using folder = new TemporaryFolder();
  writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0xff])]), 'bytes');
  const { code, stderr } = await cp(there(`file://${folder.path}/%FF`), folder.file('here'));
  t.deepEqual([code, folder.read('here')], [0, 'bytes']);
  t.true(stderr.startsWith(`${there(`file://${folder.path}/%FF`)} -> `));
});

test.serial('a file that is made while it is read comes whole', async (t) => {
  using folder = new TemporaryFolder();
  t.like(await cp('-q', there('/proc/self/limits'), folder.file('limits')), { code: 0, stderr: '' });
  t.regex(folder.read('limits'), /^Limit .*\n(.*\n)+$/);
});

test.serial('standard output may be the destination, and nothing else is said there', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('a', 'hello\n');
  const script = '"$0" "$1" cp "$2" /dev/stdout | cat';
  const { stdout } = await execute('/bin/sh', ['-c', script, process.execPath, CLI, there(folder.file('a'))]);
  t.is(stdout, 'hello\n');
});

for (const [flags, commands] of [
  [[], 1],
  [['--no-verify'], 0],
] as const) {
  test.serial(`an upload ${flags.join()} starts ${commands} commands there, to compare digests`, async (t) => {
    await using proxy = await startRecordingProxy(executor.url);
    using folder = new TemporaryFolder();
    folder.write('a', 'hello\n');
    const destination = `${proxy.url}:${folder.file('b')}`;
    t.like(await cp('-q', ...flags, folder.file('a'), destination), { code: 0, stderr: '' });
    t.is(folder.read('b'), 'hello\n');
    t.is(proxy.count('client', 'process/start'), commands);
  });
}

test.serial('a small file costs one request to read and two to write, beside looking at both ends', async (t) => {
  await using proxy = await startRecordingProxy(executor.url);
  using folder = new TemporaryFolder();
  folder.write('a', 'hello\n');
  const far = (name: string) => `${proxy.url}:${folder.file(name)}`;
  await cp('-q', '--no-verify', folder.file('a'), far('b'));
  t.is(proxy.count('client', 'fs/writeFile'), 1);
  t.is(proxy.count('client', 'fs/getMetadata'), 2);
  await cp('-q', '--no-verify', far('b'), folder.file('c'));
  t.is(proxy.count('client', 'fs/readFile'), 1);
  t.is(proxy.count('client', 'fs/open'), 0);
});
