/** fs/open, fs/readBlock, fs/writeBlock and fs/close as a peer sees them, sent without waiting for answers. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import anyTest, { type TestFn } from 'ava';
import fc from 'fast-check';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { RpcClient, type RpcFailure } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const test = anyTest as TestFn<{ executor: ExecutorProgram }>;

test.before(async (t) => {
  t.context.executor = await ExecutorProgram.start();
});
test.after.always(async (t) => {
  await t.context.executor[Symbol.asyncDispose]();
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
const open = (handleId: string, path: string, mode = 'read') =>
  ['fs/open', { handleId, path: pathToFileURL(path).href, mode, sandbox: null }] as const;
const read = (handleId: string, offset: number, len: number) => ['fs/readBlock', { handleId, offset, len }] as const;
const write = (handleId: string, offset: number, text: string) =>
  ['fs/writeBlock', { handleId, offset, chunk: base64(text) }] as const;
const close = (handleId: string) => ['fs/close', { handleId }] as const;
const readFile = (path: string) => ['fs/readFile', { path: pathToFileURL(path).href, sandbox: null }] as const;
const writeFile = (path: string, text: string) =>
  ['fs/writeFile', { path: pathToFileURL(path).href, dataBase64: base64(text), sandbox: null }] as const;

/** Sends all in one segment. Out: results in the order of the requests; blocks and files as text, errors as `CODE TEXT`. */
async function together(client: RpcClient, ...calls: (readonly [string, unknown])[]): Promise<unknown[]> {
  const answers = await Promise.allSettled(client.callTogether(calls));
  return answers.map((answer) => {
    if (answer.status === 'rejected') return `${(answer.reason as RpcFailure).code} ${answer.reason.message}`;
    const { chunk, eof, dataBase64 } = answer.value;
    if (chunk !== undefined) return [Buffer.from(chunk, 'base64').toString(), eof];
    return dataBase64 === undefined ? answer.value : Buffer.from(dataBase64, 'base64').toString();
  });
}

const unknown = (id: string) => `-32004 unknown file handle \`${id}\``;

test('a handle is read, closed and opened again under its name without waiting for answers', async (t) => {
  using folder = new TemporaryFolder();
  await using client = await RpcClient.connect(t.context.executor.url);
  folder.write('one', 'first');
  folder.write('two', 'second');
  t.deepEqual(
    await together(
      client,
      open('h', folder.file('one')),
      read('h', 0, 3),
      read('h', 3, 9),
      close('h'),
      read('h', 0, 1),
      open('h', folder.file('two')),
      read('h', 0, 6),
    ),
    [{ handleId: 'h' }, ['fir', false], ['st', true], {}, unknown('h'), { handleId: 'h' }, ['second', false]],
  );
});

test('what is written through a handle is seen by what was sent behind it, on the handle and on the path', async (t) => {
  using folder = new TemporaryFolder();
  await using client = await RpcClient.connect(t.context.executor.url);
  const path = folder.file('file');
  t.deepEqual(
    await together(
      client,
      writeFile(path, 'before'),
      open('w', path, 'replace'),
      write('w', 3, 'def'),
      readFile(path),
      write('w', 0, 'abc'),
      open('r', path),
      read('r', 0, 6),
      write('w', 0, 'ABC'),
      read('r', 0, 7),
      close('w'),
      readFile(path),
    ),
    [
      {},
      { handleId: 'w' },
      {},
      '\0\0\0def',
      {},
      { handleId: 'r' },
      ['abcdef', false],
      {},
      ['ABCdef', true],
      {},
      'ABCdef',
    ],
  );
});

test('what follows an open that fails finds no handle, and its name is free', async (t) => {
  using folder = new TemporaryFolder();
  await using client = await RpcClient.connect(t.context.executor.url);
  folder.write('file', 'data');
  t.deepEqual(
    await together(
      client,
      open('h', folder.file('none')),
      read('h', 0, 1),
      write('h', 0, 'x'),
      close('h'),
      open('h', folder.file('file')),
      open('h', folder.file('none')),
      read('h', 0, 4),
    ),
    [
      '-32004 No such file or directory (os error 2)',
      unknown('h'),
      unknown('h'),
      {},
      { handleId: 'h' },
      '-32600 file handle `h` already exists',
      ['data', false],
    ],
  );
});

test('a read that fails closes the handle, a write that fails does not', async (t) => {
  using folder = new TemporaryFolder();
  await using client = await RpcClient.connect(t.context.executor.url);
  folder.write('file', 'data');
  const badDescriptor = '-32603 Bad file descriptor (os error 9)';
  t.deepEqual(
    await together(
      client,
      open('r', folder.file('file')),
      write('r', 0, 'x'),
      read('r', 0, 4),
      open('w', folder.file('new'), 'replace'),
      read('w', 0, 1),
      read('w', 0, 1),
      write('w', 0, 'x'),
    ),
    [{ handleId: 'r' }, badDescriptor, ['data', false], { handleId: 'w' }, badDescriptor, unknown('w'), unknown('w')],
  );
});

test('handles belong to one connection', async (t) => {
  using folder = new TemporaryFolder();
  await using client = await RpcClient.connect(t.context.executor.url);
  await using other = await RpcClient.connect(t.context.executor.url);
  folder.write('file', 'data');
  await together(client, open('h', folder.file('file')));
  t.deepEqual(await together(other, read('h', 0, 1), open('h', folder.file('file'))), [
    unknown('h'),
    { handleId: 'h' },
  ]);
});

const CONTENTS = randomBytes(300_000);

test('a stream read in blocks of any sizes and in any order is the file', async (t) => {
  using folder = new TemporaryFolder();
  await using client = await RpcClient.connect(t.context.executor.url);
  writeFileSync(folder.file('file'), CONTENTS);
  await together(client, open('h', folder.file('file')));
  const readAll = async (cuts: readonly number[], order: readonly number[]) => {
    const borders = [0, ...[...new Set(cuts)].sort((a, b) => a - b), CONTENTS.length];
    const blocks = borders.slice(1).map((end, index) => ({ offset: borders[index]!, len: end - borders[index]! }));
    const shuffled = blocks
      .filter(({ len }) => len > 0)
      .map((block, index) => ({ block, key: order[index % order.length]! }))
      .sort((a, b) => a.key - b.key);
    const read = Buffer.alloc(CONTENTS.length);
    const depth = 1 + (order[0]! % 5);
    for (let from = 0; from < shuffled.length; from += depth) {
      const batch = shuffled.slice(from, from + depth);
      const answers = client.callTogether(
        batch.map(({ block }) => ['fs/readBlock', { handleId: 'h', ...block }] as const),
      );
      for (const [index, { chunk }] of (await Promise.all(answers)).entries())
        read.write(chunk, batch[index]!.block.offset, 'base64');
    }
    return read;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: CONTENTS.length - 1 }), { maxLength: 30 }),
      fc.array(fc.nat(), { minLength: 1, maxLength: 30 }),
      async (cuts, order) => t.true((await readAll(cuts, order)).equals(CONTENTS)),
    ),
    { numRuns: 25 },
  );
});

test('a stream written in blocks of any sizes and in any order is the file', async (t) => {
  using folder = new TemporaryFolder();
  await using client = await RpcClient.connect(t.context.executor.url);
  const path = folder.file('file');
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat({ max: 29 }), { minLength: 30, maxLength: 30 }), async (order) => {
      const size = CONTENTS.length / order.length;
      const writes = order.map((place) => {
        const chunk = CONTENTS.subarray(place * size, (place + 1) * size).toString('base64');
        return ['fs/writeBlock', { handleId: 'w', offset: place * size, chunk }] as const;
      });
      await Promise.all(client.callTogether([open('w', path, 'replace'), ...writes, close('w')]));
      t.true(readFileSync(path).equals(CONTENTS));
    }),
    { numRuns: 8 },
  );
});
