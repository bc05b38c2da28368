/** What commands on an executor tell of files, where they are there. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { FarCommands } from '#src/cli/copy/far-commands.js';
import { type Client, connect } from '#src/index.js';
import type { FileUri } from '#src/protocol/ids.js';
import { fileUri, joinUri } from '#src/protocol/path-uri.js';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { startRecordingProxy } from '#test/support/recording-proxy.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

interface World extends AsyncDisposable {
  readonly client: Client;
  readonly commands: FarCommands;
  readonly folder: TemporaryFolder;
  starts(): number;
  /** A file with a name of any bytes. */
  put(name: string | Buffer, content: string): FileUri;
}

let executor: ExecutorProgram;
test.before(async () => {
  executor = await ExecutorProgram.start();
});
test.after.always(() => executor[Symbol.asyncDispose]());

/** With all programs of this machine. */
async function world(at: { readonly url: string } = executor): Promise<World> {
  const folder = new TemporaryFolder();
  const proxy = await startRecordingProxy(at.url);
  const client = await connect(proxy.url);
  return {
    client,
    commands: new FarCommands(client, new AbortController().signal),
    folder,
    starts: () => proxy.count('client', 'process/start'),
    put: (name, content) => {
      const path = Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from(name as string)]);
      writeFileSync(path, content);
      return fileUri(path);
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await proxy[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** An executor where only these programs are found. */
async function executorWith(tools: readonly string[], bin: TemporaryFolder): Promise<ExecutorProgram> {
  for (const tool of tools) symlinkSync(execFileSync('which', [tool]).toString().trim(), bin.file(tool));
  return await ExecutorProgram.start({ env: { PATH: bin.path } });
}

const NAMES = ['plain', 'two  spaces', ' *', '-x', 'new\nline', 'back\\slash', 'r\r', 'é', Buffer.from([0x61, 0xff])];
const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

async function digestsOfAll(t: ExecutionContext, it: World): Promise<void> {
  const uris = NAMES.map((name, index) => it.put(name, `content ${index}`));
  const told = await Promise.all(uris.map((uri) => it.commands.digest(uri, 9)));
  t.deepEqual(
    told,
    uris.map((_, index) => ({ word: sha256(`content ${index}`) })),
  );
  // The first alone, the others together, and each of the three whose name is written in several ways.
  t.is(it.starts(), 5);
}

test.serial('digests of many files come with few commands, whatever their names', async (t) => {
  await using it = await world();
  await digestsOfAll(t, it);
});

test.serial('shasum does as well', async (t) => {
  using bin = new TemporaryFolder();
  await using bare = await executorWith(['shasum', 'perl', 'xargs', 'head', 'sh'], bin);
  await using it = await world(bare);
  await digestsOfAll(t, it);
});

test.serial('a file that cannot be read fails alone', async (t) => {
  await using it = await world();
  const [good, gone] = [it.put('good', 'x'), fileUri(it.folder.file('gone'))];
  const told = await Promise.all([good, gone, good].map((uri) => it.commands.digest(uri, 1)));
  t.deepEqual(told, [{ word: sha256('x') }, 'failed', { word: sha256('x') }]);
});

test.serial('permissions are those of what a link leads to', async (t) => {
  await using it = await world();
  const uri = it.put('a b', '');
  chmodSync(it.folder.file('a b'), 0o4751);
  symlinkSync('a b', it.folder.file('link'));
  const link = fileUri(it.folder.file('link'));
  t.deepEqual(await Promise.all([uri, link].map((file) => it.commands.permissions(file))), [
    { word: '4751' },
    { word: '4751' },
  ]);
});

test.serial('files are made executable, whatever their names', async (t) => {
  await using it = await world();
  const uris = NAMES.map((name) => it.put(name, ''));
  const told = await Promise.all(uris.map((uri) => it.commands.makeExecutable(uri)));
  t.deepEqual(
    told,
    uris.map(() => ({ word: 'x' })),
  );
  for (const name of ['plain', 'new\nline', '-x']) t.is(statSync(it.folder.file(name)).mode & 0o100, 0o100);
});

test.serial('names in a folder come as bytes, the hidden ones too', async (t) => {
  await using it = await world();
  for (const name of [...NAMES, '.hidden']) it.put(name, '');
  mkdirSync(it.folder.file('sub/deeper'), { recursive: true });
  const names = await it.commands.names(fileUri(it.folder.path));
  const expected = [...NAMES, '.hidden', 'sub'].map((name) => Buffer.from(name as string));
  t.deepEqual(names?.map(String).sort(), expected.map(String).sort());
  t.is(await it.commands.names(joinUri(fileUri(it.folder.path), 'no such')), undefined);
});

for (const [missing, tools] of [
  ['sha256sum and shasum', ['xargs', 'head', 'sh']],
  ['xargs', ['sha256sum', 'head', 'sh']],
] as const) {
  test.serial(`without ${missing} there are no digests, and it is tried once`, async (t) => {
    using bin = new TemporaryFolder();
    await using bare = await executorWith(tools, bin);
    await using it = await world(bare);
    const uri = it.put('a', '');
    t.is(await it.commands.digest(uri, 1), 'unavailable');
    t.is(await it.commands.digest(uri, 1), 'unavailable');
    t.is(it.starts(), 1);
  });
}

test.serial('of a path of another system nothing can be told', async (t) => {
  await using it = await world();
  t.is(await it.commands.digest('file:///C:/x' as FileUri, 1), 'unavailable');
  t.is(it.starts(), 0);
});

test.serial('a large file has a command of its own, so that others need not wait for it', async (t) => {
  await using it = await world();
  const uris = [it.put('first', ''), it.put('large', ''), it.put('second', '')] as const;
  const told = await Promise.all(uris.map((uri, index) => it.commands.digest(uri, index === 1 ? 1e9 : 1)));
  t.true(told.every((each) => typeof each === 'object'));
  t.is(it.starts(), 3);
});
