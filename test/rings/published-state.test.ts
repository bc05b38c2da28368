import test from 'ava';
import {
  announceEvicted,
  HEADER_BYTES,
  headerWords,
  isEvicted,
  isEvictedAfterLoads,
  publishState,
  type RingState,
  readState,
  stoodStill,
} from '#src/rings/published-state.js';

const header = () => headerWords(new SharedArrayBuffer(HEADER_BYTES));

const early: RingState = {
  head: 16,
  tail: 0,
  nextSeq: 2,
  firstRetainedSeq: 1,
  lostChunks: 0,
  lostBytes: 0,
  exit: undefined,
  closedSeq: undefined,
};
const late: RingState = {
  head: -(2 ** 31),
  tail: 2 ** 31 - 8,
  nextSeq: 2 ** 32 - 1,
  firstRetainedSeq: 2 ** 31 + 1,
  lostChunks: 2 ** 31,
  lostBytes: 2 ** 53 - 1,
  exit: { seq: 2 ** 32 - 3, exitCode: -1, sandboxDenied: true },
  closedSeq: 2 ** 32 - 2,
};

test('the newest published state is read, with all its extremes', (t) => {
  const words = header();
  for (const state of [early, late, early, early, late, late]) {
    publishState(words, state);
    t.deepEqual(readState(words), state);
  }
});

test('an exit without denial and with code 0 is an exit', (t) => {
  const words = header();
  const exit = { seq: 1, exitCode: 0, sandboxDenied: false };
  publishState(words, { ...early, exit });
  t.deepEqual(readState(words).exit, exit);
});

test('a copy is believed up to two publications later, not three, also where versions overflow', (t) => {
  for (const version of [0, 5, 2 ** 31 - 2, 2 ** 31 - 1, -1]) {
    const verdicts = [0, 1, 2, 3, 4, 1000].map((later) => stoodStill(version, (version + later) | 0));
    t.deepEqual(verdicts, [true, true, true, false, false, false]);
  }
  t.false(stoodStill(5, 4));
});

test('records below the announced count are evicted, the one at it is not', (t) => {
  const words = header();
  for (const count of [1, 2 ** 31, 2 ** 32 - 2]) {
    announceEvicted(words, count);
    for (const ask of [isEvicted, isEvictedAfterLoads]) {
      t.true(ask(words, count - 1));
      t.false(ask(words, count));
    }
  }
});
