import { getEventListeners } from 'node:events';
import test from 'ava';
import { Ending } from '#src/http/ending.js';

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

test('an exchange ends with its time', async (t) => {
  using ending = new Ending(1, new AbortController().signal);
  await aborted(ending.signal);
  t.pass();
});

test('an exchange ends with its connection, also with one that has gone before', (t) => {
  const gone = new AbortController();
  using ending = new Ending(null, gone.signal);
  t.false(ending.signal.aborted);
  gone.abort();
  t.true(ending.signal.aborted);
  using late = new Ending(null, gone.signal);
  t.true(late.signal.aborted);
});

test('the longest time is not taken for the shortest', async (t) => {
  using ending = new Ending(Number.MAX_SAFE_INTEGER, new AbortController().signal);
  using short = new Ending(2, new AbortController().signal);
  await aborted(short.signal);
  t.false(ending.signal.aborted);
});

test('what has come to its end leaves no timer and no listener behind', (t) => {
  const gone = new AbortController();
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  {
    using _ending = new Ending(60_000, gone.signal);
    t.is(getEventListeners(gone.signal, 'abort').length, 1);
    t.is(timers(), before + 1);
  }
  t.is(getEventListeners(gone.signal, 'abort').length, 0);
  t.is(timers(), before);
});
