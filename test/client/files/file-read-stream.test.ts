/** A file on the executor as a stream, on real sockets. */
import { getEventListeners } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { FileError, FileReadStream, StoppedError, TransportError } from '#src/index.js';
import { FILE_BLOCK_BYTES as BLOCK } from '#src/protocol/limits.js';
import { collect } from '#test/support/collect.js';
import { type FileWorld, fileWorld } from '#test/support/fake-files.js';
import { Refusal } from '#test/support/fake-server.js';

const FILE = 'file:///f';
const never = () => new Promise<undefined>(() => {});

/** Resolves when all handles that were opened have been closed, and each only once. */
async function closedOnce(t: ExecutionContext, { server, files }: FileWorld, handles = 1): Promise<void> {
  await server.waitFor('fs/close', handles);
  t.is(files.handles.size, 0);
  const closed = server.requests('fs/close').map(({ handleId }) => handleId);
  t.deepEqual(
    closed,
    server.requests('fs/open').map(({ handleId }) => handleId),
  );
}

for (const length of [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK]) {
  test(`a file of ${length} bytes is read to its end, in blocks, and closed`, async (t) => {
    await using it = await fileWorld();
    const content = it.files.add(FILE, length);
    const stream = await it.client.files.openRead('/f');
    t.true(stream instanceof FileReadStream && stream instanceof ReadableStream);
    t.is(stream.size, length === 0 ? undefined : length);
    const blocks = await collect(stream);
    t.true(Buffer.concat(blocks).equals(content));
    t.true(blocks.slice(0, -1).every((block) => block.length === BLOCK));
    t.is(it.server.count('fs/readBlock'), Math.floor(length / BLOCK) + 1, 'one of them finds the end');
    await closedOnce(t, it);
  });
}

test('a reader that does not read makes the executor send no more than the read-ahead', async (t) => {
  await using it = await fileWorld();
  it.files.add(FILE, 10 * BLOCK);
  const stream = await it.client.files.openRead('/f', { readahead: 2 });
  const reader = stream.getReader();
  t.is(it.server.count('fs/readBlock'), 0);
  await reader.read();
  // Whatever was sent before this has been received.
  await it.client.status();
  t.is(it.server.count('fs/readBlock'), 3);
});

test('a loop that is left early closes the file', async (t) => {
  await using it = await fileWorld();
  it.files.add(FILE, 3 * BLOCK);
  for await (const block of await it.client.files.openRead('/f')) {
    t.is(block.length, BLOCK);
    break;
  }
  await closedOnce(t, it);
});

test('cancel resolves when the executor has closed the file', async (t) => {
  await using it = await fileWorld();
  it.files.add(FILE, BLOCK);
  const stream = await it.client.files.openRead('/f');
  await stream.cancel();
  await closedOnce(t, it);
  await stream.cancel();
  t.is(it.server.count('fs/close'), 1);
});

test('the end of its scope closes the file, read or unread, read by somebody or not', async (t) => {
  await using it = await fileWorld();
  it.files.add(FILE, 2 * BLOCK);
  it.server.on('fs/readBlock', never);
  let waiting: Promise<unknown> | undefined;
  {
    await using _unread = await it.client.files.openRead('/f');
    await using readElsewhere = await it.client.files.openRead('/f');
    waiting = readElsewhere.getReader().read();
    waiting.catch(() => {});
  }
  t.is(it.server.count('fs/close'), 2);
  await t.throwsAsync(waiting, { instanceOf: StoppedError, code: 'ABORTED' });
});

test('the end of the scope of a stream that has failed is quiet', async (t) => {
  await using it = await fileWorld();
  it.files.add(FILE, BLOCK);
  it.server.on('fs/readBlock', () => {
    throw new Refusal(-32603, 'I/O error (os error 5)');
  });
  const failing = async () => {
    await using stream = await it.client.files.openRead('/f');
    await collect(stream);
  };
  const error = await t.throwsAsync(failing(), { instanceOf: FileError, code: 'FAILED' });
  t.like(error, { errno: 5, path: '/f', method: 'fs/readBlock' });
  await closedOnce(t, it);
});

test('the signal fails the stream, and closes the file', async (t) => {
  await using it = await fileWorld();
  it.files.add(FILE, BLOCK);
  it.server.on('fs/readBlock', never);
  const abort = new AbortController();
  const stream = await it.client.files.openRead('/f', { signal: abort.signal });
  const waiting = stream.getReader().read();
  abort.abort(new Error('enough'));
  const error = await t.throwsAsync(waiting, { code: 'ABORTED', message: 'reading /f was aborted' });
  t.like(error, { name: 'AbortError', cause: { message: 'enough' } });
  await closedOnce(t, it);
});

test('the signal fails a stream that nobody reads at the moment, too', async (t) => {
  await using it = await fileWorld();
  it.files.add(FILE, 2 * BLOCK);
  const abort = new AbortController();
  const reader = (await it.client.files.openRead('/f', { signal: abort.signal })).getReader();
  await reader.read();
  abort.abort();
  await t.throwsAsync(reader.read(), { code: 'ABORTED' });
  await closedOnce(t, it);
});

test('a signal keeps no listener of a stream that is over', async (t) => {
  await using it = await fileWorld();
  it.files.add(FILE, 2 * BLOCK);
  const { signal } = new AbortController();
  await collect(await it.client.files.openRead('/f', { signal }));
  await (await it.client.files.openRead('/f', { signal })).cancel();
  await t.throwsAsync(it.client.files.openRead('/none', { signal }));
  it.server.on('fs/readBlock', () => {
    throw new Refusal(-32603, 'I/O error (os error 5)');
  });
  await t.throwsAsync(collect(await it.client.files.openRead('/f', { signal })));
  t.deepEqual(getEventListeners(signal, 'abort'), []);
});

test('a file that is never said to be closed has been read, and its end can still be aborted', async (t) => {
  await using it = await fileWorld();
  it.files.add(FILE, 5);
  it.server.on('fs/close', never);
  const abort = new AbortController();
  const reader = (await it.client.files.openRead('/f', { signal: abort.signal })).getReader();
  t.is((await reader.read()).value?.length, 5);
  const end = reader.read();
  await it.server.waitFor('fs/close');
  abort.abort();
  await t.throwsAsync(end, { code: 'ABORTED' });
  t.is(it.server.count('fs/close'), 1);
});

test('a file that is opened after its caller has given up is closed', async (t) => {
  await using it = await fileWorld();
  it.files.add(FILE, BLOCK);
  let opened = (_result: object) => {};
  it.server.on('fs/open', (params) => {
    it.files.open(params);
    return new Promise((resolve) => {
      opened = resolve;
    });
  });
  const abort = new AbortController();
  const opening = it.client.files.openRead('/f', { signal: abort.signal });
  await it.server.waitFor('fs/open');
  abort.abort();
  await t.throwsAsync(opening, { code: 'ABORTED' });
  await it.client.status();
  t.is(it.server.count('fs/close'), 0, 'a close could overtake the open');
  opened({ handleId: 'x' });
  await closedOnce(t, it);
});

test('a lost connection fails the stream behind the blocks that had come, although the session goes on', async (t) => {
  await using it = await fileWorld();
  it.files.add(FILE, 4 * BLOCK);
  const stream = await it.client.files.openRead('/f', { readahead: 1 });
  const reader = stream.getReader();
  await reader.read();
  // The block behind it, which was asked for before this, is here now.
  await it.client.status();
  it.server.peer.cut();
  await it.client.status();
  t.is(it.client.state, 'connected');
  t.is((await reader.read()).value?.length, BLOCK);
  await t.throwsAsync(reader.read(), { instanceOf: TransportError, code: 'DISCONNECTED' });
  t.is(it.server.count('fs/close'), 0, 'the handle ended with its connection');
});

test('a connection that is lost between the open and the size costs another open, on the next one', async (t) => {
  await using it = await fileWorld();
  const content = it.files.add(FILE, BLOCK + 1);
  it.server.on('fs/getMetadata', (params) => {
    if (it.server.count('fs/getMetadata') > 1) return it.files.getMetadata(params);
    it.server.peer.cut();
    return never();
  });
  const stream = await it.client.files.openRead('/f');
  t.is(stream.size, content.length);
  t.true(Buffer.concat(await collect(stream)).equals(content));
  t.is(it.server.count('fs/open'), 2);
});

test('the signal ends an open that waits for the size, and closes the file', async (t) => {
  await using it = await fileWorld();
  it.files.add(FILE, BLOCK);
  it.server.on('fs/getMetadata', never);
  const abort = new AbortController();
  const opening = it.client.files.openRead('/f', { signal: abort.signal });
  await it.server.waitFor('fs/getMetadata');
  abort.abort();
  await t.throwsAsync(opening, { code: 'ABORTED' });
  await closedOnce(t, it);
});

const ranges: readonly (readonly [number | undefined, number | undefined])[] = [
  [10, 20],
  [BLOCK, undefined],
  [undefined, BLOCK + 7],
  [3, 2 * BLOCK + 3],
  [5, 5],
  [9 * BLOCK, undefined],
];
for (const [start, end] of ranges) {
  test(`the bytes from ${start} to ${end} are those of slice`, async (t) => {
    await using it = await fileWorld();
    const content = it.files.add(FILE, 3 * BLOCK + 5);
    const stream = await it.client.files.openRead('/f', { start, end });
    t.true(Buffer.concat(await collect(stream)).equals(content.subarray(start, end)));
    await closedOnce(t, it);
  });
}

for (const start of [2 ** 31 - 1, 2 ** 32 + 1, 2 ** 53 - 2 * BLOCK]) {
  test(`a place such as ${start} is asked for exactly`, async (t) => {
    await using it = await fileWorld();
    it.files.add(FILE, 1);
    it.server.on('fs/readBlock', ({ len, offset }) => {
      const isWhole = offset === start;
      return { chunk: Buffer.alloc(isWhole ? len : 1).toString('base64'), eof: !isWhole };
    });
    const blocks = await collect(await it.client.files.openRead('/f', { start }));
    t.deepEqual(
      blocks.map(({ length }) => length),
      [BLOCK, 1],
    );
    t.deepEqual(
      it.server.requests('fs/readBlock').map(({ offset }) => offset),
      [start, start + BLOCK],
    );
  });
}

const outOfRange: readonly (readonly [object, string])[] = [
  [{ start: -1 }, 'start'],
  [{ start: 0.5 }, 'start'],
  [{ start: 2, end: 1 }, 'end'],
  [{ end: 2 ** 53 }, 'end'],
  [{ readahead: 0 }, 'readahead'],
  [{ readahead: 33 }, 'readahead'],
];
for (const [options, field] of outOfRange) {
  test(`${JSON.stringify(options)} is refused before anything is sent`, async (t) => {
    await using it = await fileWorld();
    const opening = it.client.files.openRead('/f', options);
    await t.throwsAsync(opening, { code: 'BAD_ARGUMENT', message: new RegExp(`^${field}: `) });
    t.is(it.server.count('fs/open'), 0);
  });
}

test('a file that cannot be opened is refused, and nothing needs closing', async (t) => {
  await using it = await fileWorld();
  const error = await t.throwsAsync(it.client.files.openRead('/none'), { instanceOf: FileError, code: 'NOT_FOUND' });
  t.like(error, { rpcCode: -32004, errno: 2, path: '/none', method: 'fs/open' });
  t.is(it.server.count('fs/close'), 0);
});

test('a file whose size nobody knows is read one block at a time', async (t) => {
  await using it = await fileWorld();
  const content = it.files.add(FILE, 2 * BLOCK + 1);
  it.server.on('fs/getMetadata', (params) => ({ ...it.files.getMetadata(params), size: 0 }));
  const stream = await it.client.files.openRead('/f');
  t.is(stream.size, undefined);
  t.true(Buffer.concat(await collect(stream)).equals(content));
  t.is(it.server.count('fs/readBlock'), 3);
});

test('an executor that cannot open files is asked for the whole of it', async (t) => {
  await using it = await fileWorld({});
  const content = it.files.add(FILE, 2 * BLOCK + 5);
  it.server.on('fs/open', () => {
    throw new Refusal(-32601, 'exec-server stub does not implement `fs/open` yet');
  });
  const stream = await it.client.files.openRead('/f', { start: 1 });
  t.is(stream.size, content.length);
  const blocks = await collect(stream);
  t.deepEqual(
    blocks.map(({ length }) => length),
    [BLOCK, BLOCK, 4],
  );
  t.true(Buffer.concat(blocks).equals(content.subarray(1)));
  t.is(it.server.count('fs/close'), 0);
});

test('with a sandbox a file is opened only where that is enforced', async (t) => {
  const sandbox = { permissions: { type: 'disabled' }, windowsSandboxLevel: 'disabled' } as const;
  for (const [sandboxedFileStreaming, opened] of [
    [true, 1],
    [false, 0],
  ] as const) {
    await using it = await fileWorld({ sandboxedFileStreaming });
    const content = it.files.add(FILE, 10);
    const stream = await it.client.files.openRead('/f', { sandbox });
    t.true(Buffer.concat(await collect(stream)).equals(content));
    t.is(it.server.count('fs/open'), opened);
    const method = sandboxedFileStreaming ? 'fs/open' : 'fs/readFile';
    t.deepEqual(it.server.requests(method)[0].sandbox, sandbox);
  }
});

test('blocks are their own: what a reader does to one changes no other', async (t) => {
  await using it = await fileWorld();
  const content = it.files.add(FILE, 2 * BLOCK);
  const copies: Buffer[] = [];
  for await (const block of await it.client.files.openRead('/f')) {
    copies.push(Buffer.from(block));
    block.fill(0);
    structuredClone(block.buffer, { transfer: [block.buffer as ArrayBuffer] });
  }
  t.true(Buffer.concat(copies).equals(content));
});
