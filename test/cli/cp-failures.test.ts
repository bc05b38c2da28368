/** `farhand cp`: arguments that make no sense, files that cannot be copied, and what must never be left or believed. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { FakeFiles } from '#test/support/fake-files.js';
import { FakeProcess } from '#test/support/fake-process.js';
import { FakeServer, Refusal } from '#test/support/fake-server.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { FarhandProgram, farhand, type Outcome, type Served, serve } from './support/farhand.js';

let executor: Served;
test.before(async () => {
  executor = await serve();
});
test.after.always(() => executor[Symbol.asyncDispose]());

const there = (path: string) => `${executor.url}:${path}`;
const cp = (...args: readonly string[]): Promise<Outcome> => farhand(['cp', ...args]);
const BLOCK = 1 << 20;

const misuses: readonly (readonly [args: readonly string[], message: string])[] = [
  [[], "expected 'farhand cp [-r] SRC DST'; see 'farhand cp --help'"],
  [['a'], "expected 'farhand cp [-r] SRC DST'; see 'farhand cp --help'"],
  [['a', 'b', 'c'], "expected 'farhand cp [-r] SRC DST'; see 'farhand cp --help'"],
  [['a', 'b'], 'both are on this machine; expected URL:PATH for one, such as ws://127.0.0.1:9000:/tmp'],
  [
    ['ws://127.0.0.1:1', '.'],
    "'ws://127.0.0.1:1' says no file on the executor; expected URL:PATH, such as ws://127.0.0.1:9000:/etc/hosts",
  ],
  [['--frob', 'a', 'b'], "unknown option '--frob'; see 'farhand cp --help'"],
];
for (const [args, message] of misuses) {
  test.serial(`'farhand cp ${args.join(' ')}' is a usage error: one line, exit code 2`, async (t) => {
    t.like(await cp(...args), { code: 2, stderr: `farhand: ${message}\n` });
  });
}

test.serial('an executor that cannot be reached gives 255, as for other commands', async (t) => {
  const { code, stderr } = await cp('ws://127.0.0.1:1:/etc/hosts', '.');
  t.is(code, 255);
  t.regex(stderr, /^farhand: cannot connect to ws:\/\/127\.0\.0\.1:1: .*\n$/);
});

test.serial('what cannot be copied gives 1 and one line that names it', async (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('tree/sub'), { recursive: true });
  folder.write('a', '');
  const at = (name: string) => folder.file(name);
  const cases: readonly (readonly [source: string, destination: string, message: string, flag?: string])[] = [
    [there('/no/such'), at('x'), `${there('/no/such')}: No such file or directory`],
    [at('missing'), there('/tmp'), `${at('missing')}: No such file or directory`],
    [at('a/x'), there('/tmp'), `${at('a/x')}: Not a directory`],
    [there(at('tree')), at('x'), `${there(at('tree'))}: is a folder; -r copies it with all it holds`],
    [there(`${at('a')}/`), at('x'), `${there(at('a'))}/: is not a folder`],
    [at('a'), there(at('no/such/x')), `${there(at('no/such/x'))}: No such file or directory`],
    [there(at('a')), at('no/such/x'), `${at('no/such/x')}: No such file or directory`],
    [at('a'), there(`${at('new')}/`), `${there(at('new'))}/: no such folder`],
    [at('tree'), there(at('a')), `${there(at('a'))}: is not a folder`, '-r'],
    [at('tree'), there(at('no/such')), `${there(at('no/such'))}: No such file or directory`, '-r'],
    [there('/dev/null'), at('x'), `${there('/dev/null')}: is neither a file nor a folder, and is skipped`],
    [there(at('a')), there(at('a')), `${there(at('a'))}: is the same file as ${there(at('a'))}`],
    [
      there(at('tree')),
      there(at('tree/sub/new')),
      `${there(at('tree/sub/new'))}: lies in ${there(at('tree'))} itself`,
      '-r',
    ],
    [there(at('tree')), there(at('tree')), `${there(at('tree/tree'))}: lies in ${there(at('tree'))} itself`, '-r'],
  ];
  for (const [source, destination, message, flag] of cases) {
    const { code, stderr } = await cp('-q', ...(flag === undefined ? [] : [flag]), source, destination);
    t.deepEqual([code, stderr], [1, `farhand: ${message}\n`]);
  }
  t.deepEqual(readdirSync(folder.path).sort(), ['a', 'tree']);
});

for (const direction of ['up', 'down'] as const) {
  test.serial(`what goes wrong with one file of a tree costs only that: ${direction}`, async (t) => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.file('tree/folder'), { recursive: true });
    for (const name of ['a', 'folder/b', 'folder/c', 'z']) folder.write(`tree/${name}`, name);
    // A folder where a file should go, and a file where a folder should go.
    mkdirSync(folder.file('far/tree/a'), { recursive: true });
    folder.write('far/tree/folder', '');
    const [source, destination] = [folder.file('tree'), folder.file('far')];
    const far = direction === 'up' ? there(destination) : destination;
    const { code, stderr } = await cp('-q', '-r', direction === 'up' ? source : there(source), far);
    t.is(code, 1);
    t.deepEqual(stderr.split('\n').slice(0, -1).length, 3);
    t.true(stderr.includes(`farhand: ${far}/tree/folder: File exists\n`), stderr);
    t.regex(stderr, /\/far\/tree\/a: [iI]s a (folder|directory)/);
    t.true(stderr.endsWith('farhand: 4 of 5 files and folders were not copied\n'), stderr);
    t.is(folder.read('far/tree/z'), 'z');
  });
}

/** An executor that starts no commands. */
function runsNothing(server: FakeServer): void {
  server.on('process/start', () => {
    throw new Refusal(-32603, 'No such file or directory (os error 2)');
  });
}

/** An executor that says that this is the digest of every file. */
function says(server: FakeServer, digest: string): void {
  server.on('process/start', ({ processId, argv }, peer) => {
    const process = new FakeProcess(processId);
    const isDigest = String(argv.at(-1)).includes('sha256sum');
    setImmediate(() => {
      if (isDigest) peer.tell(process.output(`${digest}  /f\n`));
      peer.tell(process.exited(isDigest ? 0 : 127), process.closed());
    });
    return { processId, sandboxType: 'none' };
  });
}

test.serial('a file that arrives damaged is an error, and does not get its name', async (t) => {
  await using server = await FakeServer.start();
  const files = new FakeFiles(server);
  says(
    server,
    createHash('sha256')
      .update(files.add('file:///f', 3 * BLOCK))
      .digest('hex'),
  );
  server.on('fs/readBlock', (params) => {
    const result = files.readBlock(params) as { chunk: string };
    return params.offset === BLOCK ? { ...result, chunk: `AAAA${result.chunk.slice(4)}` } : result;
  });
  using folder = new TemporaryFolder();
  const { code, stderr } = await cp(`${server.url}:/f`, folder.file('f'));
  const message = `farhand: ${server.url}:/f: ${folder.file('f')} is not the same (SHA-256): damaged on the way, or changed meanwhile\n`;
  t.deepEqual([code, stderr], [1, message]);
  t.deepEqual(readdirSync(folder.path), []);
});

test.serial('a file that is damaged there is an error that says so', async (t) => {
  await using server = await FakeServer.start();
  new FakeFiles(server).add('file:///f', 1);
  says(server, '0'.repeat(64));
  using folder = new TemporaryFolder();
  folder.write('f', 'good');
  const { code, stderr } = await cp(folder.file('f'), `${server.url}:/f`);
  const message =
    `farhand: ${folder.file('f')}: ${server.url}:/f is not the same (SHA-256): damaged on the way, or changed meanwhile; ` +
    `${server.url}:/f is no complete copy\n`;
  t.deepEqual([code, stderr], [1, message]);
});

test.serial('where no digest can be had that is said once, and sizes must do', async (t) => {
  await using server = await FakeServer.start();
  const content = new FakeFiles(server).add('file:///f', 2 * BLOCK);
  runsNothing(server);
  using folder = new TemporaryFolder();
  const { code, stderr } = await cp('-q', `${server.url}:/f`, folder.file('f'));
  const notice = `${server.url} cannot compute SHA-256 (sha256sum or shasum, with xargs -0), so only sizes are compared`;
  t.deepEqual([code, stderr], [0, `farhand: ${notice}\n`]);
  t.is(folder.read('f').length, content.toString().length);
});

for (const [what, size, message] of [
  ['that ends early', 3 * BLOCK + 1, `ended early, after ${3 * BLOCK} bytes`],
  ['of the size that was promised', 3 * BLOCK, undefined],
] as const) {
  test.serial(`without digests a file ${what} ${message === undefined ? 'is good' : 'is not'}`, async (t) => {
    await using server = await FakeServer.start();
    runsNothing(server);
    const files = new FakeFiles(server);
    files.add('file:///f', 3 * BLOCK);
    server.on('fs/getMetadata', (params) => ({ ...files.getMetadata(params), size }));
    using folder = new TemporaryFolder();
    const { code, stderr } = await cp('-q', '--no-verify', `${server.url}:/f`, folder.file('f'));
    t.is(stderr, message === undefined ? '' : `farhand: ${server.url}:/f: ${message}\n`);
    t.deepEqual([code, readdirSync(folder.path)], message === undefined ? [0, ['f']] : [1, []]);
  });
}

const NOTHING_MOUNTED = 200;
/** Runs a program with a disk of 2 MiB at `$0`, which nobody else sees, and lists what it has left there. */
const ON_SMALL_DISK = `mount -t tmpfs -o size=2m tmpfs "$0" && mkdir "$0/tree" || exit ${NOTHING_MOUNTED}
"$@"; code=$?; ls -A "$0/tree"; exit $code`;

test.serial('a disk that is full here costs the file and leaves nothing of it', async (t) => {
  using folder = new TemporaryFolder();
  for (const name of ['tree', 'disk']) mkdirSync(folder.file(name));
  writeFileSync(folder.file('tree/large'), Buffer.alloc(3 * BLOCK));
  folder.write('tree/small', 'fits');
  const under = ['unshare', '-rm', 'sh', '-c', ON_SMALL_DISK, folder.file('disk')];
  const { code, stdout, stderr } = await farhand(['cp', '-q', '-r', there(folder.file('tree')), folder.file('disk')], {
    under,
  });
  if (code === NOTHING_MOUNTED) return t.pass('nothing can be mounted here');
  const message = `farhand: ${folder.file('disk')}/tree/large: No space left on device\n`;
  const summary = 'farhand: 1 of 2 files and folders were not copied\n';
  t.deepEqual([code, stderr, stdout.toString()], [1, message + summary, 'small\n']);
});

test.serial('a disk that is full there costs the file, and that it may be half there is said', async (t) => {
  await using server = await FakeServer.start();
  const files = new FakeFiles(server);
  server.on('fs/writeBlock', (params) => {
    if (params.offset >= BLOCK) throw new Refusal(-32603, 'No space left on device (os error 28)');
    return files.writeBlock(params);
  });
  using folder = new TemporaryFolder();
  writeFileSync(folder.file('f'), Buffer.alloc(3 * BLOCK));
  const destination = `${server.url}:/f`;
  const { code, stderr } = await cp('-q', folder.file('f'), destination);
  const message = `farhand: ${destination}: No space left on device; ${destination} is no complete copy\n`;
  t.deepEqual([code, stderr], [1, message]);
});

test.serial('names that lead out of the destination are refused, whatever an executor says', async (t) => {
  await using server = await FakeServer.start();
  runsNothing(server);
  const files = new FakeFiles(server);
  for (const uri of ['file:///d/good', 'file:///d/..%2F..%2Fevil', 'file:///d/..', 'file:///evil', 'file:///'])
    files.add(uri, 4);
  server.on('fs/getMetadata', (params) =>
    params.path === 'file:///d'
      ? { ...files.getMetadata({ path: 'file:///' }), isFile: false, isDirectory: true }
      : files.getMetadata(params),
  );
  server.on('fs/canonicalize', ({ path }) => ({ path }));
  const names = ['good', '../../evil', '..', '.', 'a/b', ''];
  server.on('fs/readDirectory', () => ({
    entries: names.map((fileName) => ({ fileName, isDirectory: false, isFile: true })),
  }));
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('here/deep'), { recursive: true });
  const { code, stderr } = await cp('-q', '-r', '--no-verify', `${server.url}:/d/.`, folder.file('here/deep'));
  t.is(code, 1);
  t.deepEqual(readdirSync(folder.path, { recursive: true }).sort(), ['here', 'here/deep', 'here/deep/good']);
  t.true(stderr.includes(`farhand: ${server.url}:/d/./../../evil: is no name of a file, and is skipped\n`), stderr);
  t.true(stderr.endsWith('farhand: 5 of 6 files and folders were not copied\n'), stderr);
});

test.serial('what an executor says about a file cannot take hold of the terminal', async (t) => {
  await using server = await FakeServer.start();
  server.on('fs/getMetadata', () => {
    throw new Refusal(-32603, 'no\n\x1b[2Jfarhand: yes');
  });
  const { code, stderr } = await cp('-q', `${server.url}:/f`, '.');
  t.deepEqual([code, stderr], [1, `farhand: ${server.url}:/f: no\\n\\x1b[2Jfarhand: yes\n`]);
});

test.serial('a copy that is stopped while its file is opened there says that the file is not complete', async (t) => {
  await using server = await FakeServer.start();
  runsNothing(server);
  new FakeFiles(server);
  server.on('fs/open', () => undefined);
  using folder = new TemporaryFolder();
  writeFileSync(folder.file('f'), Buffer.alloc(3 * BLOCK));
  await using program = new FarhandProgram(['cp', '--no-verify', folder.file('f'), `${server.url}:/f`]);
  await server.waitFor('fs/open', 1);
  program.kill('SIGINT');
  const message = `farhand: ${server.url}:/f is no complete copy\n`;
  t.like(await program.outcome(), { code: 130, signal: null, stderr: message });
});

test.serial('a file that cannot be opened there is as it was', async (t) => {
  await using server = await FakeServer.start();
  new FakeFiles(server);
  server.on('fs/open', () => {
    throw new Refusal(-32600, 'Permission denied (os error 13)');
  });
  using folder = new TemporaryFolder();
  writeFileSync(folder.file('f'), Buffer.alloc(3 * BLOCK));
  const { code, stderr } = await cp('-q', '--no-verify', folder.file('f'), `${server.url}:/f`);
  t.deepEqual([code, stderr], [1, `farhand: ${server.url}:/f: Permission denied\n`]);
});

for (const flags of [[], ['--no-verify']]) {
  test.serial(`a large file stays whole that is copied onto itself by another way ${flags.join()}`, async (t) => {
    using folder = new TemporaryFolder();
    const content = randomBytes(20 * BLOCK);
    writeFileSync(folder.file('f'), content);
    const other = `${executor.url}/:${folder.file('f')}`;
    for (const source of [folder.file('f'), there(folder.file('f'))]) {
      t.like(await cp('-q', ...flags, source, other), { code: 0, stderr: '' });
      t.true(readFileSync(folder.file('f')).equals(content), 'the file is as it was');
    }
  });
}

test.serial('where it cannot be told whether both ends are one large file, nothing is written', async (t) => {
  await using server = await FakeServer.start();
  const files = new FakeFiles(server);
  runsNothing(server);
  files.add('file:///f', 2 * BLOCK);
  using folder = new TemporaryFolder();
  writeFileSync(folder.file('f'), Buffer.alloc(2 * BLOCK));
  utimesSync(folder.file('f'), 0.001, 0.001);
  const { code, stderr } = await cp('-q', '--no-verify', folder.file('f'), `${server.url}:/f`);
  t.is(code, 1);
  const message = `farhand: ${server.url}:/f: may be the same file as ${folder.file('f')}, which writing would empty\n`;
  t.true(stderr.endsWith(message), stderr);
  t.is(server.count('fs/open'), 0);
});

test.serial('a large file of the same size and time that holds something else is replaced', async (t) => {
  using folder = new TemporaryFolder();
  const content = randomBytes(2 * BLOCK);
  writeFileSync(folder.file('a'), content);
  writeFileSync(folder.file('b'), randomBytes(2 * BLOCK));
  for (const name of ['a', 'b']) utimesSync(folder.file(name), 1, 1);
  t.like(await cp('-q', folder.file('a'), there(folder.file('b'))), { code: 0, stderr: '' });
  t.true(readFileSync(folder.file('b')).equals(content));
});

/** An executor whose file of three blocks does not come to an end: the last block is never answered. */
async function endlessFile(): Promise<FakeServer> {
  const server = await FakeServer.start();
  runsNothing(server);
  const files = new FakeFiles(server);
  files.add('file:///f', 3 * BLOCK);
  server.on('fs/readBlock', (params) => (params.offset < 2 * BLOCK ? files.readBlock(params) : undefined));
  server.on('fs/writeBlock', (params) => (params.offset < 2 * BLOCK ? files.writeBlock(params) : undefined));
  return server;
}

test.serial('a connection that is lost ends the copy with 255, and leaves nothing here', async (t) => {
  await using server = await endlessFile();
  using folder = new TemporaryFolder();
  await using program = new FarhandProgram(['cp', '--no-verify', `${server.url}:/f`, folder.file('f')]);
  await server.waitFor('fs/readBlock', 3);
  server.peer.cut();
  const { code, stderr } = await program.outcome();
  t.is(code, 255);
  t.regex(stderr, /^farhand: exec-server transport disconnected.*\n$/);
  t.deepEqual(readdirSync(folder.path), []);
});

test.serial('a connection that is lost while we write there is said, and that the file is not complete', async (t) => {
  await using server = await endlessFile();
  using folder = new TemporaryFolder();
  writeFileSync(folder.file('f'), Buffer.alloc(3 * BLOCK));
  await using program = new FarhandProgram(['cp', '--no-verify', folder.file('f'), `${server.url}:/f`]);
  await server.waitFor('fs/writeBlock', 3);
  server.peer.cut();
  const { code, stderr } = await program.outcome();
  t.is(code, 255);
  t.regex(stderr, /^farhand: ws:.*:\/f is no complete copy\nfarhand: exec-server transport disconnected.*\n$/);
});

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test.serial(`${signal} stops the copy with ${code}, and leaves nothing here`, async (t) => {
    await using server = await endlessFile();
    using folder = new TemporaryFolder();
    await using program = new FarhandProgram(['cp', '--no-verify', `${server.url}:/f`, folder.file('f')]);
    await server.waitFor('fs/readBlock', 3);
    t.regex(readdirSync(folder.path).join(), /^\.f\.[0-9a-f]+\.part$/);
    program.kill(signal);
    t.like(await program.outcome(), { code, signal: null, stderr: '' });
    t.deepEqual(readdirSync(folder.path), []);
  });
}

test.serial('Ctrl-C while we write there says that the file is not complete', async (t) => {
  await using server = await endlessFile();
  using folder = new TemporaryFolder();
  writeFileSync(folder.file('f'), Buffer.alloc(3 * BLOCK));
  await using program = new FarhandProgram(['cp', '--no-verify', folder.file('f'), `${server.url}:/f`]);
  await server.waitFor('fs/writeBlock', 3);
  program.kill('SIGINT');
  const message = `farhand: ${server.url}:/f is no complete copy\n`;
  t.like(await program.outcome(), { code: 130, signal: null, stderr: message });
});

test.serial('a file that an executor takes only whole, and is too large for that, is said to be', async (t) => {
  await using server = await FakeServer.start();
  new FakeFiles(server, {});
  using folder = new TemporaryFolder();
  execFileSync('truncate', ['-s', '60M', folder.file('f')]);
  const destination = `${server.url}:/f`;
  const { code, stderr } = await cp('-q', folder.file('f'), destination);
  const message = `${destination}: is too large for this executor, which takes every file in one message`;
  t.deepEqual([code, stderr, server.count('fs/writeFile')], [1, `farhand: ${message}\n`, 0]);
});
