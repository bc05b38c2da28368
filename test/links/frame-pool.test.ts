import test from 'ava';
import { FramePool } from '#src/links/frame-pool.js';

const FULL = 61_500;

test('memory is used again when its last user has released it, and not before', (t) => {
  const pool = new FramePool();
  const first = pool.lend(FULL, 2);
  first.release();
  const second = pool.lend(FULL, 1);
  t.not(second.bytes.buffer, first.bytes.buffer);
  first.release();
  const third = pool.lend(FULL - 1, 1);
  t.is(third.bytes.buffer, first.bytes.buffer);
  t.is(third.bytes.length, FULL - 1);
});

test('what is small, and what is larger than any frame, has memory of its own', (t) => {
  const pool = new FramePool();
  for (const bytes of [1, 16_383, 70_000]) {
    const lent = pool.lend(bytes, 1);
    t.is(lent.bytes.buffer.byteLength, bytes);
    lent.release();
    t.not(pool.lend(bytes, 1).bytes.buffer, lent.bytes.buffer);
  }
});

test('it keeps no more than a few', (t) => {
  const pool = new FramePool();
  const many = Array.from({ length: 200 }, () => pool.lend(FULL, 1));
  const memories = new Set(many.map(({ bytes }) => bytes.buffer));
  for (const { release } of many) release();
  const again = Array.from({ length: 200 }, () => pool.lend(FULL, 1));
  const reused = again.filter(({ bytes }) => memories.has(bytes.buffer)).length;
  t.true(reused > 0 && reused * FULL <= 3 * 1024 * 1024, `${reused}`);
});
