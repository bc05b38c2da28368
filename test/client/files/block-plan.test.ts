/** Which blocks of a file are asked for, and when. */
import test from 'ava';
import { type Block, nextBlock, type Reading } from '#src/client/files/block-plan.js';
import { FILE_BLOCK_BYTES as BLOCK } from '#src/protocol/limits.js';

const FAR = Number.MAX_SAFE_INTEGER;

/** All blocks that may be asked for before the first answer. */
function atOnce(reading: Omit<Reading, 'next' | 'underWay'>): Block[] {
  const blocks: Block[] = [];
  let next = reading.start;
  for (;;) {
    const block = nextBlock({ ...reading, next, underWay: blocks.length });
    if (block === undefined) return blocks;
    blocks.push(block);
    next = block.offset + block.len;
  }
}

test('as many blocks as the depth are asked for at once, one behind the other', (t) => {
  t.deepEqual(atOnce({ start: 5, end: FAR, depth: 3, size: 10 * BLOCK }), [
    { offset: 5, len: BLOCK },
    { offset: BLOCK + 5, len: BLOCK },
    { offset: 2 * BLOCK + 5, len: BLOCK },
  ]);
});

test('the end of a known size is looked for, and nothing behind it', (t) => {
  const offsets = (size: number) => atOnce({ start: 0, end: FAR, depth: 4, size }).map(({ offset }) => offset);
  t.deepEqual(offsets(10), [0]);
  t.deepEqual(offsets(BLOCK - 1), [0]);
  t.deepEqual(offsets(BLOCK), [0, BLOCK]);
  t.deepEqual(offsets(BLOCK + 1), [0, BLOCK]);
});

test('without a size, blocks are asked for one at a time', (t) => {
  t.is(atOnce({ start: 0, end: FAR, depth: 4, size: undefined }).length, 1);
});

test('a file that has grown is read on, one block at a time', (t) => {
  const behind = { start: 0, end: FAR, depth: 4, size: BLOCK, next: 3 * BLOCK };
  t.deepEqual(nextBlock({ ...behind, underWay: 0 }), { offset: 3 * BLOCK, len: BLOCK });
  t.is(nextBlock({ ...behind, underWay: 1 }), undefined);
});

test('the last block of a range is as long as what is left of it', (t) => {
  t.deepEqual(atOnce({ start: 1, end: BLOCK + 3, depth: 4, size: 10 * BLOCK }), [
    { offset: 1, len: BLOCK },
    { offset: BLOCK + 1, len: 2 },
  ]);
  t.deepEqual(atOnce({ start: 7, end: 7, depth: 4, size: 10 }), []);
});

test('a range up to 2^53 does not ask for more than a number can say', (t) => {
  const start = FAR - 10;
  t.deepEqual(atOnce({ start, end: FAR, depth: 4, size: FAR }), [{ offset: start, len: 10 }]);
});
