/** Blocks of an open file, asked for several at a time, handed out in order. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import { type Deferred, deferred } from '#src/client/deferred.js';
import { ReadAhead, type ReadAheadOptions } from '#src/client/files/read-ahead.js';
import { FILE_BLOCK_BYTES as BLOCK } from '#src/protocol/limits.js';

type Answer = { readonly chunk: Buffer; readonly eof: boolean };

/** A file whose blocks come when the test says so. */
class SlowFile {
  readonly asked: { readonly offset: number; readonly len: number; readonly answer: Deferred<Answer> }[] = [];
  closings = 0;

  constructor(readonly content: Buffer) {}

  readBlock(offset: number, len: number): Promise<Answer> {
    const answer = deferred<Answer>();
    this.asked.push({ offset, len, answer });
    return answer.promise;
  }

  async close(): Promise<void> {
    this.closings += 1;
  }

  answer(index: number): void {
    const { offset, len, answer } = this.asked[index]!;
    const chunk = this.content.subarray(offset, offset + len);
    answer.resolve({ chunk, eof: chunk.length < len });
  }
}

const reading = (file: SlowFile, options: Partial<ReadAheadOptions> = {}) =>
  new ReadAhead(file, { start: 0, end: Number.MAX_SAFE_INTEGER, depth: 4, size: file.content.length, ...options });

test('nothing is asked for before the first block is wanted, then as much as the depth', async (t) => {
  const file = new SlowFile(Buffer.alloc(10 * BLOCK));
  const blocks = reading(file, { depth: 3 });
  await nextTurn();
  t.is(file.asked.length, 0);
  const first = blocks.next();
  t.is(file.asked.length, 3);
  file.answer(0);
  await first;
  t.is(file.asked.length, 4, 'one for the one that was handed out');
});

test('blocks whose answers overtake each other come out in order', async (t) => {
  const file = new SlowFile(Buffer.concat([0, 1, 2].map((fill) => Buffer.alloc(BLOCK, fill))));
  const blocks = reading(file);
  const first = blocks.next();
  for (const index of [2, 1, 0]) file.answer(index);
  t.is((await first).bytes[0], 0);
  t.is((await blocks.next()).bytes[0], 1);
  t.is((await blocks.next()).bytes[0], 2);
});

test('a file that has shrunk ends with the first block that says so, whatever was asked for behind it', async (t) => {
  const file = new SlowFile(Buffer.alloc(BLOCK + 5));
  const blocks = reading(file, { size: 4 * BLOCK });
  const first = blocks.next();
  for (const index of [0, 1]) file.answer(index);
  t.false((await first).isLast);
  const { bytes, isLast } = await blocks.next();
  t.is(bytes.length, 5);
  t.true(isLast);
});

test('a failure comes when its turn does, behind the blocks before it', async (t) => {
  const file = new SlowFile(Buffer.alloc(3 * BLOCK));
  const blocks = reading(file);
  const first = blocks.next();
  file.asked[1]!.answer.reject(new Error('bad sector'));
  file.asked[2]!.answer.reject(new Error('unknown handle'));
  file.answer(0);
  t.is((await first).bytes.length, BLOCK);
  await t.throwsAsync(blocks.next(), { message: 'bad sector' });
});

const wrong: readonly (readonly [string, Answer])[] = [
  ['short without being the last', { chunk: Buffer.alloc(7), eof: false }],
  ['empty without being the last', { chunk: Buffer.alloc(0), eof: false }],
  ['longer than asked for', { chunk: Buffer.alloc(BLOCK + 1), eof: true }],
];
for (const [what, answer] of wrong) {
  test(`a block that is ${what} is no answer`, async (t) => {
    const file = new SlowFile(Buffer.alloc(BLOCK));
    const next = reading(file).next();
    file.asked[0]!.answer.resolve(answer);
    await t.throwsAsync(next, { code: 'BAD_ANSWER' });
  });
}

test('whatever the size, the range, the depth and the order of answers, the bytes are those of the file', async (t) => {
  const edges = fc.constantFrom(0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK);
  const length = fc.oneof(edges, fc.integer({ min: 0, max: 4 * BLOCK }));
  const cases = fc.record({
    size: length,
    start: length,
    length: fc.option(length, { nil: undefined }),
    depth: fc.integer({ min: 1, max: 5 }),
    tellsSize: fc.boolean(),
    order: fc.array(fc.nat(4), { minLength: 8, maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ size, start, length, depth, tellsSize, order }) => {
      const file = new SlowFile(numbered(size));
      const end = length === undefined ? Number.MAX_SAFE_INTEGER : start + length;
      const blocks = reading(file, { start, end, depth, size: tellsSize ? size : undefined });
      const read: Uint8Array[] = [];
      const answered = new Set<number>();
      for (let isLast = false; !isLast; ) {
        const next = blocks.next();
        t.true(file.asked.length - read.length <= depth);
        // Some others first, then in any case the one that is waited for.
        const some = order.map((ahead) => read.length + ahead);
        for (const index of [...some, read.length]) {
          if (index >= file.asked.length || answered.has(index)) continue;
          answered.add(index);
          file.answer(index);
        }
        const block = await next;
        read.push(block.bytes);
        isLast = block.isLast;
      }
      t.true(Buffer.concat(read).equals(file.content.subarray(start, end)));
      t.true(read.slice(0, -1).every((bytes) => bytes.length === BLOCK));
    }),
    { numRuns: 40 },
  );
});

/** So many bytes, each four of them different from all others. */
function numbered(length: number): Buffer {
  const content = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) content.writeUInt32LE(at, at);
  return content;
}
