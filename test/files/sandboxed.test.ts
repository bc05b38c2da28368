/** File calls with a sandbox, as a peer sees them: through an executor, its helpers and the sandboxes of this machine. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import anyTest, { type TestFn } from 'ava';
import { fileUri } from '#src/protocol/path-uri.js';
import { HELPER_COMMAND } from '#src/sandboxed-files/helper-needs.js';
import { entry } from '#test/sandbox/support/contexts.js';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { allProcesses, eventually } from '#test/support/procfs.js';
import { RpcClient, type RpcFailure, startParams } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const base = anyTest as TestFn<{ executor: ExecutorProgram }>;
const test = canSandbox ? base : (base.skip as unknown as typeof base);

base.before(async (t) => {
  t.context.executor = await ExecutorProgram.start({ env: { A_SECRET: 'hidden' } });
});
base.after.always(async (t) => {
  await t.context.executor[Symbol.asyncDispose]();
});

const EROFS = '-32603 Read-only file system (os error 30)';
const ENOENT = '-32004 No such file or directory (os error 2)';
const EACCES = '-32600 Permission denied (os error 13)';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const text = (base64: string) => Buffer.from(base64, 'base64').toString();

/** A workspace W and another folder O, and a client whose calls have a sandbox: by default all can be read and W written. */
async function scene(executor: ExecutorProgram) {
  const folder = new TemporaryFolder();
  for (const name of ['W/sub', 'O']) mkdirSync(folder.file(name), { recursive: true });
  folder.write('W/f', 'inside');
  folder.write('O/o', 'outside');
  const client = await RpcClient.connect(executor.url);
  const context = (entries: readonly string[]) => ({
    permissions: {
      type: 'managed',
      file_system: { type: 'restricted', entries: entries.map(entry) },
      network: 'restricted',
    },
    cwd: fileUri(folder.file('W')),
    workspaceRoots: [fileUri(folder.file('W'))],
    windowsSandboxLevel: 'disabled',
  });
  const WORKSPACE = context(['read :root', 'write :project_roots']);
  const uri = (path: string) => fileUri(path.startsWith('/') ? path : folder.file(path));
  /** The result, or the error as `CODE TEXT`. */
  const call = (method: string, params: object, sandbox: unknown = WORKSPACE) =>
    client.call(method, { ...params, sandbox }).catch((error: RpcFailure) => `${error.code} ${error.message}`);
  return {
    folder,
    client,
    context,
    uri,
    call,
    WORKSPACE,
    NARROW: context(['read :minimal', 'write :project_roots']),
    LOOKING: context(['read :minimal', 'read :project_roots']),
    READ_ONLY: context(['read :root']),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

type Scene = Awaited<ReturnType<typeof scene>>;

test('what changes files does so in the workspace and nowhere else, and leaves nothing behind', async (t) => {
  await using s = await scene(t.context.executor);
  const { call, uri, folder } = s;
  const changes = (to: string): [string, object][] => [
    ['fs/writeFile', { path: uri(`${to}/new`), dataBase64: base64('text') }],
    ['fs/createDirectory', { path: uri(`${to}/d/e`) }],
    ['fs/copy', { sourcePath: uri('W/f'), destinationPath: uri(`${to}/copy`), recursive: false }],
    ['fs/copy', { sourcePath: uri('W/sub'), destinationPath: uri(`${to}/tree`), recursive: true }],
    ['fs/remove', { path: uri(`${to}/${to === 'W' ? 'f' : 'o'}`) }],
  ];
  for (const [method, params] of changes('W')) t.deepEqual(await call(method, params), {}, method);
  t.deepEqual(readdirSync(folder.file('W')).sort(), ['copy', 'd', 'new', 'sub', 'tree']);
  t.is(folder.read('W/copy'), 'inside');

  symlinkSync('../O', folder.file('W/link'));
  for (const sandbox of [s.WORKSPACE, s.NARROW]) {
    for (const [method, params] of [...changes('O'), ...changes('W/link')]) {
      const answer = await call(method, params, sandbox);
      t.true(
        [EROFS, ENOENT, '-32603 File exists (os error 17)'].includes(answer),
        `${method}: ${JSON.stringify(answer)}`,
      );
    }
  }
  for (const name of ['d', 'tree']) rmSync(folder.file(`W/${name}`), { recursive: true });
  folder.write('W/f', 'inside');
  for (const [method, params] of changes('W')) t.is(await call(method, params, s.READ_ONLY), EROFS, method);
  t.deepEqual(readdirSync(folder.file('O')), ['o']);
  t.is(folder.read('O/o'), 'outside');
});

test('what looks at files sees what it may and nothing else', async (t) => {
  await using s = await scene(t.context.executor);
  const { call, uri, LOOKING } = s;
  const limits = { maxDepth: 3, maxDirectories: 9, maxEntries: 9, followDirectorySymlinks: false };
  const file = { path: uri('W/f') };
  t.is(text((await call('fs/readFile', file, LOOKING)).dataBase64), 'inside');
  t.is((await call('fs/getMetadata', file, LOOKING)).size, 6);
  t.deepEqual(await call('fs/canonicalize', file, LOOKING), file);
  t.is((await call('fs/readDirectory', { path: uri('W') }, LOOKING)).entries.length, 2);
  t.is((await call('fs/walk', { path: uri('W'), options: limits }, LOOKING)).entries.length, 2);
  for (const [method, path] of [
    ['fs/readFile', 'O/o'],
    ['fs/getMetadata', 'O/o'],
    ['fs/canonicalize', 'O'],
    ['fs/readDirectory', 'O'],
  ]) {
    t.is(await call(method!, { path: uri(path!) }, LOOKING), ENOENT, method);
  }
  t.is(await call('fs/walk', { path: uri('O'), options: limits }, LOOKING), ENOENT);
});

test('files are streamed in and out of a sandbox', async (t) => {
  await using s = await scene(t.context.executor);
  const { call, client, uri, folder } = s;
  t.deepEqual(await call('fs/open', { handleId: 'w', path: uri('W/big'), mode: 'replace' }), { handleId: 'w' });
  for (const [offset, chunk] of [
    [3, 'def'],
    [0, 'abc'],
  ] as const) {
    t.deepEqual(await client.call('fs/writeBlock', { handleId: 'w', offset, chunk: base64(chunk) }), {});
  }
  await client.call('fs/close', { handleId: 'w' });
  t.is(folder.read('W/big'), 'abcdef');
  t.deepEqual(readdirSync(folder.file('W')).sort(), ['big', 'f', 'sub']);

  t.deepEqual(await call('fs/open', { handleId: 'r', path: uri('W/big') }, s.LOOKING), { handleId: 'r' });
  folder.write('W/big', 'ABCDEF');
  const read = async (offset: number, len: number) => {
    const { chunk, eof } = await client.call('fs/readBlock', { handleId: 'r', offset, len });
    return [text(chunk), eof];
  };
  t.deepEqual(
    [await read(0, 4), await read(4, 4)],
    [
      ['ABCD', false],
      ['EF', true],
    ],
  );
  t.is(await call('fs/open', { handleId: 'n', path: uri('O/o') }, s.LOOKING), ENOENT);
  t.is(await call('fs/open', { handleId: 'n', path: uri('O/o'), mode: 'replace' }), EROFS);
  t.is(folder.read('O/o'), 'outside');
});

test('nothing of the executor is read where all can be read', async (t) => {
  await using s = await scene(t.context.executor);
  const { call, uri, folder } = s;
  symlinkSync('/proc/self/environ', folder.file('W/environ'));
  for (const sandbox of [s.READ_ONLY, s.WORKSPACE]) {
    for (const path of ['/proc/self/environ', 'W/environ']) {
      t.is(await call('fs/readFile', { path: uri(path) }, sandbox), EACCES, path);
      t.is(await call('fs/open', { handleId: 'h', path: uri(path) }, sandbox), EACCES, path);
      t.is(await call('fs/getMetadata', { path: uri(path) }, sandbox), EACCES, path);
    }
  }
  // Without a sandbox it is a file like others.
  t.true(text((await call('fs/readFile', { path: uri('/proc/self/environ') }, null)).dataBase64).includes('A_SECRET'));
});

test('success is never told of what only the sandbox has', async (t) => {
  await using s = await scene(t.context.executor);
  const { call, uri, folder } = s;
  symlinkSync('/dev/shm', folder.file('W/shm'));
  for (const path of ['/dev/farhand-test', '/dev/shm/farhand-test', 'W/shm/farhand-test']) {
    for (const sandbox of [s.WORKSPACE, s.NARROW]) {
      t.is(await call('fs/writeFile', { path: uri(path), dataBase64: '' }, sandbox), EROFS, path);
      t.is(await call('fs/createDirectory', { path: uri(path) }, sandbox), EROFS, path);
    }
  }
  t.is(await call('fs/createDirectory', { path: uri('O/d') }, s.NARROW), EROFS);
  t.is(await call('fs/remove', { path: uri('O/o') }, s.NARROW), EROFS);
  t.is(await call('fs/remove', { path: uri('W/none') }, s.NARROW).then(JSON.stringify), '{}');
});

test('a FIFO blocks nobody', async (t) => {
  await using s = await scene(t.context.executor);
  const { call, uri, folder } = s;
  execFileSync('mkfifo', [folder.file('W/fifo')]);
  const fifo = { path: uri('W/fifo') };
  const answers = await Promise.all([
    call('fs/readFile', fifo),
    call('fs/readFile', fifo, s.LOOKING),
    call('fs/writeFile', { ...fifo, dataBase64: '' }),
    call('fs/open', { handleId: 'h', ...fifo, mode: 'replace' }),
    call('fs/copy', { sourcePath: uri('W/f'), destinationPath: fifo.path, recursive: false }),
    call('fs/writeFile', { path: uri('W/g'), dataBase64: '' }),
  ]);
  t.true(answers.slice(0, -1).every((answer) => typeof answer === 'string'));
  t.deepEqual(answers.at(-1), {});
});

test('a workspace that is replaced by another is found as it is by the next request', async (t) => {
  await using s = await scene(t.context.executor);
  const { call, uri, folder } = s;
  const write = { path: uri('W/f'), dataBase64: base64('new') };
  t.deepEqual(await call('fs/writeFile', write), {});
  renameSync(folder.file('W'), folder.file('old'));
  mkdirSync(folder.file('W'));
  t.deepEqual(await call('fs/writeFile', { ...write, dataBase64: base64('newer') }), {});
  t.deepEqual([folder.read('old/f'), folder.read('W/f')], ['new', 'newer']);
  // Rights that are taken away count at once, too.
  t.is(await call('fs/writeFile', write, s.READ_ONLY), EROFS);
});

test('nothing is in sight of a helper that is kept, also while it has a file open', async (t) => {
  await using s = await scene(t.context.executor);
  const { call, client, uri, folder } = s;
  t.deepEqual(await call('fs/writeFile', { path: uri('W/new'), dataBase64: '' }), {});
  t.deepEqual(readdirSync(folder.file('W')).sort(), ['f', 'new', 'sub']);
  t.deepEqual(await call('fs/open', { handleId: 'w', path: uri('W/big'), mode: 'replace' }), { handleId: 'w' });
  t.deepEqual(readdirSync(folder.file('W')).sort(), ['big', 'f', 'new', 'sub']);
  await using other = await RpcClient.connect(t.context.executor.url);
  const write = (name: string) =>
    other.call('fs/writeFile', { path: uri(name), dataBase64: '', sandbox: s.WORKSPACE }).catch(String);
  t.deepEqual(await write('W/other'), {});
  t.regex(await write('W/.git'), /os error 30/);
  t.deepEqual(await client.call('fs/close', { handleId: 'w' }), {});
  t.deepEqual(readdirSync(folder.file('W')).sort(), ['big', 'f', 'new', 'other', 'sub']);
});

for (const [what, params] of [
  ['a command', (s: Scene) => ({ method: 'process/start', ...command(s) })],
  ['a look', (s: Scene) => ({ method: 'fs/getMetadata', path: s.uri('W/f') })],
] as const) {
  test(`${what} in a sandbox that may write starts its helper`, async (t) => {
    await using executor = await ExecutorProgram.start();
    await using s = await scene(executor);
    const { method, ...rest } = params(s);
    await s.call(method, rest, s.READ_ONLY);
    t.is(helpersOf(executor.pid), 0);
    await s.call(method, { ...rest, processId: 'second' });
    await eventually(() => helpersOf(executor.pid) === 1);
    t.deepEqual(await s.call('fs/writeFile', { path: s.uri('W/new'), dataBase64: '' }), {});
    t.is(helpersOf(executor.pid), 1);
  });
}

const command = (s: Scene) => startParams('first', ['/bin/true'], { cwd: s.uri('W') });

/** Programs for file calls that run below an executor. */
function helpersOf(executor: number): number {
  const all = allProcesses();
  const below = (pid: number): number[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child.pid, ...below(child.pid)]);
  return below(executor).filter((pid) => commandOf(pid).startsWith(HELPER_COMMAND.join('\0'))).length;
}

/** With a NUL behind each word; empty when it has ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

test('protected names stay as they are, and come from nowhere', async (t) => {
  await using s = await scene(t.context.executor);
  const { call, uri, folder } = s;
  mkdirSync(folder.file('W/.git/hooks'), { recursive: true });
  folder.write('W/.git/HEAD', 'ref');
  const answers = [
    await call('fs/remove', { path: uri('W/.git') }),
    await call('fs/writeFile', { path: uri('W/.git/hooks/pre-commit'), dataBase64: '' }),
    await call('fs/createDirectory', { path: uri('W/.codex/x') }),
    await call('fs/writeFile', { path: uri('W/.aws/x'), dataBase64: '' }),
    await call('fs/remove', { path: uri('W') }),
  ];
  t.true(
    answers.every((answer) => typeof answer === 'string'),
    JSON.stringify(answers),
  );
  t.false(readdirSync(folder.file('W')).some((name) => ['.codex', '.aws', '.agents'].includes(name)));
  t.deepEqual(readdirSync(folder.file('W/.git')).sort(), ['HEAD', 'hooks']);
});

test('a directory that becomes a link between two requests leads nowhere', async (t) => {
  await using s = await scene(t.context.executor);
  const { call, uri, folder, client, WORKSPACE } = s;
  const script = 'while :; do mkdir d; mv d d0; ln -s ../O d; rm d; mv d0 d; rm -rf d; done';
  await client.shell('swap', script, { cwd: uri('W'), more: { sandbox: WORKSPACE } });
  for (let round = 0; round < 30; round++) {
    await Promise.all(
      [1, 2, 3].map((n) => call('fs/writeFile', { path: uri(`W/d/x${n}`), dataBase64: base64('evil') })),
    );
  }
  await client.terminate('swap');
  await client.closed('swap');
  t.deepEqual(readdirSync(folder.file('O')), ['o']);
});

test('paths of a policy are taken in any spelling', async (t) => {
  await using s = await scene(t.context.executor);
  const { call, uri, context, folder } = s;
  const spelled = context(['read :root', `write ${folder.path}/./%57/`]);
  t.deepEqual(await call('fs/writeFile', { path: uri('W/new'), dataBase64: '' }, spelled), {});
  t.is(await call('fs/writeFile', { path: uri('O/new'), dataBase64: '' }, spelled), EROFS);
});
