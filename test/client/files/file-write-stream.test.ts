/** A file on the executor as a stream to write to, on real sockets. */
import { getEventListeners } from 'node:events';
import test from 'ava';
import { FileError, FileWriteStream, StoppedError, TransportError } from '#src/index.js';
import { FILE_BLOCK_BYTES as BLOCK, WHOLE_FILE_WRITE_BYTES } from '#src/protocol/limits.js';
import { fileWorld } from '#test/support/fake-files.js';
import { Refusal } from '#test/support/fake-server.js';

const FILE = 'file:///f';
const never = () => new Promise<undefined>(() => {});
const diskFull = () => {
  throw new Refusal(-32603, 'No space left on device (os error 28)');
};

test('pieces of any size, bytes and text, become a file in blocks', async (t) => {
  await using it = await fileWorld();
  const stream = await it.client.files.openWrite('/f');
  t.true(stream instanceof FileWriteStream && stream instanceof WritableStream);
  t.is(it.files.contents.get(FILE)?.length, 0, 'made when it is opened');
  const writer = stream.getWriter();
  const large = Buffer.alloc(2 * BLOCK + 3, 'x');
  await writer.write('déjà ');
  await writer.write(large);
  await writer.write(new Uint8Array());
  await writer.write(Buffer.from('end'));
  t.is(it.server.count('fs/close'), 0);
  await writer.close();
  t.true(it.files.contents.get(FILE)!.equals(Buffer.concat([Buffer.from('déjà '), large, Buffer.from('end')])));
  t.deepEqual(
    it.server.requests('fs/writeBlock').map(({ offset }) => offset),
    [0, BLOCK, 2 * BLOCK],
  );
  t.is(it.server.count('fs/close'), 1);
  t.is(it.files.handles.size, 0);
});

test('bytes may be used again when their write has resolved', async (t) => {
  await using it = await fileWorld();
  const writer = (await it.client.files.openWrite('/f')).getWriter();
  const piece = Buffer.alloc(BLOCK / 2);
  for (const fill of [1, 2, 3, 4]) {
    piece.fill(fill);
    await writer.write(piece);
  }
  piece.fill(9);
  await writer.close();
  const halves = [1, 2, 3, 4].map((fill) => Buffer.alloc(BLOCK / 2, fill));
  t.true(it.files.contents.get(FILE)!.equals(Buffer.concat(halves)));
});

test('a stream is piped into it, and closes it', async (t) => {
  await using it = await fileWorld();
  await new Blob(['far ', 'hand']).stream().pipeTo(await it.client.files.openWrite('/f'));
  t.is(it.files.contents.get(FILE)?.toString(), 'far hand');
  t.is(it.files.handles.size, 0);
});

test('a file is copied through the client from one stream to the other', async (t) => {
  await using it = await fileWorld();
  const content = it.files.add('file:///source', 6 * BLOCK + 1);
  const source = await it.client.files.openRead('/source');
  await source.pipeTo(await it.client.files.openWrite('/f'));
  t.true(it.files.contents.get(FILE)!.equals(content));
  t.is(it.files.handles.size, 0);
});

test('a block that cannot be written is told by the next write, and the file is closed once', async (t) => {
  await using it = await fileWorld();
  it.server.on('fs/writeBlock', diskFull);
  const writer = (await it.client.files.openWrite('/f')).getWriter();
  writer.closed.catch(() => {});
  await writer.write(Buffer.alloc(BLOCK));
  await it.server.waitFor('fs/close');
  const error = await t.throwsAsync(writer.write(Buffer.alloc(BLOCK)), { instanceOf: FileError, code: 'FAILED' });
  t.like(error, { errno: 28, path: '/f', method: 'fs/writeBlock' });
  await t.throwsAsync(writer.close());
  t.is(it.server.count('fs/close'), 1);
  t.is(it.server.count('fs/writeBlock'), 1);
});

test('a block that cannot be written is told by close', async (t) => {
  await using it = await fileWorld();
  it.server.on('fs/writeBlock', diskFull);
  const writer = (await it.client.files.openWrite('/f')).getWriter();
  writer.closed.catch(() => {});
  await writer.write('small');
  await t.throwsAsync(writer.close(), { instanceOf: FileError, code: 'FAILED' });
  await it.server.waitFor('fs/close');
  t.is(it.files.handles.size, 0);
});

test('abort closes the file as it is', async (t) => {
  await using it = await fileWorld();
  const writer = (await it.client.files.openWrite('/f')).getWriter();
  writer.closed.catch(() => {});
  await writer.write(Buffer.alloc(BLOCK + 1));
  await writer.abort();
  t.is(it.files.contents.get(FILE)?.length, BLOCK, 'what was gathered is dropped');
  t.is(it.server.count('fs/close'), 1);
});

test('the end of its scope closes the file as it is, also when somebody writes it', async (t) => {
  await using it = await fileWorld();
  it.server.on('fs/writeBlock', never);
  const run = async () => {
    await using unused = await it.client.files.openWrite('/f');
    t.false(unused.locked);
    throw new Error('something else');
  };
  await t.throwsAsync(run(), { message: 'something else' });
  t.is(it.server.count('fs/close'), 1);
  t.is(it.files.handles.size, 0);
});

test('a stream that was closed leaves its scope quietly', async (t) => {
  await using it = await fileWorld();
  {
    await using file = await it.client.files.openWrite('/f');
    const writer = file.getWriter();
    await writer.write('x');
    await writer.close();
  }
  t.is(it.files.contents.get(FILE)?.toString(), 'x');
  t.is(it.server.count('fs/close'), 1);
});

test('the signal ends a write that waits for the executor', async (t) => {
  await using it = await fileWorld();
  it.server.on('fs/writeBlock', never);
  const abort = new AbortController();
  const writer = (await it.client.files.openWrite('/f', { signal: abort.signal })).getWriter();
  writer.closed.catch(() => {});
  const writing = writer.write(Buffer.alloc(6 * BLOCK));
  await it.server.waitFor('fs/writeBlock', 4);
  abort.abort();
  await t.throwsAsync(writing, { instanceOf: StoppedError, code: 'ABORTED', message: 'writing /f was aborted' });
  await t.throwsAsync(writer.write('more'), { code: 'ABORTED' });
});

test('a signal keeps no listener of a stream that is over', async (t) => {
  await using it = await fileWorld();
  const { signal } = new AbortController();
  await (await it.client.files.openWrite('/f', { signal })).close();
  await (await it.client.files.openWrite('/f', { signal })).abort();
  it.server.on('fs/writeBlock', diskFull);
  await t.throwsAsync(new Blob(['x']).stream().pipeTo(await it.client.files.openWrite('/f', { signal })));
  t.deepEqual(getEventListeners(signal, 'abort'), []);
});

test('a lost connection is told by the next write or close, although the session goes on', async (t) => {
  await using it = await fileWorld();
  const writer = (await it.client.files.openWrite('/f')).getWriter();
  writer.closed.catch(() => {});
  await writer.write('x');
  it.server.peer.cut();
  await it.client.status();
  await t.throwsAsync(writer.close(), { instanceOf: TransportError, code: 'DISCONNECTED' });
  t.is(it.server.count('fs/close'), 0);
});

test('what is neither text nor bytes is refused', async (t) => {
  await using it = await fileWorld();
  const writer = (await it.client.files.openWrite('/f')).getWriter();
  writer.closed.catch(() => {});
  await t.throwsAsync(writer.write(7 as unknown as string), { code: 'BAD_ARGUMENT', message: /^chunk: / });
  await it.server.waitFor('fs/close');
  t.is(it.files.handles.size, 0);
});

test('the mode is sent only to executors that know it; others get the file when it is complete', async (t) => {
  await using it = await fileWorld({});
  const writer = (await it.client.files.openWrite('/f')).getWriter();
  const piece = Buffer.from('far ');
  await writer.write(piece);
  piece.fill(0);
  await writer.write('hand');
  t.false(it.files.contents.has(FILE));
  await writer.close();
  t.is(it.files.contents.get(FILE)?.toString(), 'far hand');
  t.deepEqual([it.server.count('fs/open'), it.server.count('fs/writeFile')], [0, 1]);
});

test('what is collected for such an executor is bounded, and dropped when the stream is aborted', async (t) => {
  await using it = await fileWorld({});
  const writer = (await it.client.files.openWrite('/f')).getWriter();
  writer.closed.catch(() => {});
  await writer.write(Buffer.alloc(WHOLE_FILE_WRITE_BYTES));
  await t.throwsAsync(writer.write('x'), { code: 'FILE_TOO_LARGE', message: /^\/f: .* at most 49283072 bytes/ });
  const aborted = (await it.client.files.openWrite('/f')).getWriter();
  aborted.closed.catch(() => {});
  await aborted.write('x');
  await aborted.abort();
  t.is(it.server.count('fs/writeFile'), 0);
});
