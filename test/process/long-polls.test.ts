import { getEventListeners } from 'node:events';
import test from 'ava';
import { LongPolls } from '#src/process/long-polls.js';

/** A wait far longer than a test may take. */
const LONG_MS = 600_000;

/** A wait that is over or not. */
function wait(polls: LongPolls, afterSeq: number, ms = LONG_MS, signal = new AbortController().signal) {
  const state = { over: false, done: Promise.resolve() };
  state.done = polls.wait(afterSeq, ms, signal).then(() => {
    state.over = true;
  });
  return state;
}
const settled = () => new Promise(setImmediate);

test('an event above what the reader knows ends its wait, another does not', async (t) => {
  const polls = new LongPolls();
  const [first, second] = [wait(polls, 4), wait(polls, 5)];
  polls.wake(5);
  await first.done;
  await settled();
  t.false(second.over);
  polls.wakeAll();
  await second.done;
  t.true(second.over);
});

test('a wait ends when its time is over', async (t) => {
  await new LongPolls().wait(0, 1, new AbortController().signal);
  t.pass();
});

test('a wait ends when nobody wants its answer any more, before or during it', async (t) => {
  const polls = new LongPolls();
  const controller = new AbortController();
  const waiting = wait(polls, 0, LONG_MS, controller.signal);
  controller.abort();
  await waiting.done;
  await wait(polls, 0, LONG_MS, controller.signal).done;
  t.pass();
});

test('a wait that is over leaves no listener behind', async (t) => {
  const polls = new LongPolls();
  const controller = new AbortController();
  const waiting = wait(polls, 0, LONG_MS, controller.signal);
  t.is(getEventListeners(controller.signal, 'abort').length, 1);
  polls.wake(1);
  await waiting.done;
  t.is(getEventListeners(controller.signal, 'abort').length, 0);
});

test('a wait longer than a timer can be is a long one, not a short one', async (t) => {
  const polls = new LongPolls();
  const waiting = wait(polls, 0, Number.MAX_SAFE_INTEGER);
  // A timer of too many bits would be due by now.
  await new Promise((resolve) => setTimeout(resolve, 5));
  t.false(waiting.over);
  polls.wakeAll();
  await waiting.done;
});
