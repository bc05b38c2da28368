/** Blocks of an open file, written several at a time. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { type Deferred, deferred } from '#src/client/deferred.js';
import { WriteBehind } from '#src/client/files/write-behind.js';
import { FILE_BLOCK_BYTES as BLOCK } from '#src/protocol/limits.js';

/** A file whose blocks are written when the test says so. */
class SlowFile {
  readonly written: { readonly offset: number; readonly length: number; readonly answer: Deferred<void> }[] = [];
  closings = 0;

  writeBlock(offset: number, { length }: Uint8Array): Promise<void> {
    const answer = deferred<void>();
    this.written.push({ offset, length, answer });
    return answer.promise;
  }

  async close(): Promise<void> {
    this.closings += 1;
  }
}

/** Whether the promise has settled once everything that can go on has gone on. */
async function hasSettled(promise: Promise<unknown>): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  );
  return await Promise.race([settled, nextTurn(false)]);
}

test('four blocks are under way at once, and the next waits for the oldest', async (t) => {
  const file = new SlowFile();
  const sink = new WriteBehind(file);
  const writing = sink.write(Buffer.alloc(6 * BLOCK));
  t.false(await hasSettled(writing));
  t.deepEqual(
    file.written.map(({ offset }) => offset / BLOCK),
    [0, 1, 2, 3],
  );
  file.written[1]!.answer.resolve();
  t.false(await hasSettled(writing));
  t.is(file.written.length, 4);
  file.written[0]!.answer.resolve();
  t.true(await hasSettled(writing));
  t.is(file.written.length, 6);
});

test('small pieces go out together, the last of them with close, which waits for every answer', async (t) => {
  const file = new SlowFile();
  const sink = new WriteBehind(file);
  await sink.write(Buffer.alloc(BLOCK - 1));
  await sink.write(Buffer.alloc(3));
  const closing = sink.close();
  await nextTurn();
  t.deepEqual(
    file.written.map(({ offset, length }) => [offset, length]),
    [
      [0, BLOCK],
      [BLOCK, 2],
    ],
  );
  file.written[0]!.answer.resolve();
  t.false(await hasSettled(closing));
  t.is(file.closings, 0);
  file.written[1]!.answer.resolve();
  await closing;
  t.is(file.closings, 1);
});

test('a file without a byte is opened and closed', async (t) => {
  const file = new SlowFile();
  await new WriteBehind(file).close();
  t.deepEqual([file.written.length, file.closings], [0, 1]);
});

for (const then of ['write', 'close'] as const) {
  test(`a block that fails closes the file at once, and is told by the next ${then}`, async (t) => {
    const file = new SlowFile();
    const sink = new WriteBehind(file);
    await sink.write(Buffer.alloc(2 * BLOCK));
    file.written[1]!.answer.reject(new Error('disk full'));
    await nextTurn();
    t.is(file.closings, 0, 'the other one is still being written');
    file.written[0]!.answer.resolve();
    await nextTurn();
    t.is(file.closings, 1);
    await t.throwsAsync(then === 'write' ? sink.write(Buffer.alloc(BLOCK)) : sink.close(), { message: 'disk full' });
    t.is(file.written.length, 2);
  });
}

test('a write that waits for room when a block fails learns it', async (t) => {
  const file = new SlowFile();
  const writing = new WriteBehind(file).write(Buffer.alloc(5 * BLOCK));
  await nextTurn();
  file.written[0]!.answer.reject(new Error('disk full'));
  await t.throwsAsync(writing, { message: 'disk full' });
  t.is(file.written.length, 4);
});

test('an abandoned file gets nothing more, and is closed when what was under way has been answered', async (t) => {
  const file = new SlowFile();
  const sink = new WriteBehind(file);
  const writing = sink.write(Buffer.alloc(6 * BLOCK));
  await nextTurn();
  const abandoning = sink.abandon();
  t.false(await hasSettled(abandoning));
  for (const { answer } of file.written) answer.resolve();
  await abandoning;
  await writing;
  t.is(file.written.length, 4);
  t.is(file.closings, 1);
});
