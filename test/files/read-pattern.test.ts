import test from 'ava';
import { type Block, FRESH, follow, lastInRow, type ReadPattern } from '#src/files/read-pattern.js';

const after = (...blocks: readonly [offset: number | bigint, length: number][]): ReadPattern =>
  blocks.map(([offset, length]): Block => ({ offset, length })).reduce(follow, FRESH);

test('a reader that begins at the front is expected to go on', (t) => {
  t.deepEqual(lastInRow(after([0, 10])), { offset: 0, length: 10 });
});

test('one that begins elsewhere is not, until its second block lies behind its first', (t) => {
  t.is(lastInRow(after([30, 10])), undefined);
  t.deepEqual(lastInRow(after([30, 10], [40, 10])), { offset: 40, length: 10 });
});

test('a jump, a step back, a block again and another length break the row', (t) => {
  t.is(lastInRow(after([0, 10], [20, 10])), undefined);
  t.is(lastInRow(after([0, 10], [10, 10], [0, 10])), undefined);
  t.is(lastInRow(after([0, 10], [0, 10])), undefined);
  t.is(lastInRow(after([0, 10], [10, 5])), undefined);
});

test('a new row may begin anywhere', (t) => {
  t.deepEqual(lastInRow(after([0, 10], [100, 5], [105, 5])), { offset: 105, length: 5 });
});

test('where numbers are not exact nothing is expected', (t) => {
  t.is(lastInRow(after([2n ** 60n, 10], [2n ** 60n + 10n, 10])), undefined);
  t.is(lastInRow(after([2 ** 53 - 1, 10])), undefined);
});
