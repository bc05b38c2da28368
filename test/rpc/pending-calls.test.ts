import test from 'ava';
import { PENDING_CALLS } from '#src/protocol/limits.js';
import { PendingCalls } from '#src/rpc/pending-calls.js';

test('ids count from 1 and are not used again', (t) => {
  const calls = new PendingCalls<string>();
  t.is(calls.add('a'), 1);
  t.is(calls.take(1), 'a');
  t.is(calls.add('b'), 2);
});

test('an answer is taken once, and answers to nobody are ignored', (t) => {
  const calls = new PendingCalls<string>();
  calls.add('a');
  t.is(calls.take(1), 'a');
  for (const id of [1, 2, -1, '1', 1n]) t.is(calls.take(id), undefined);
});

test('1024 calls wait, one clean-up call has a place of its own, and no more', (t) => {
  const calls = new PendingCalls<number>();
  for (let n = 1; n <= PENDING_CALLS; n += 1) t.is(calls.add(n), n);
  t.is(calls.add(0), undefined);
  t.is(calls.add(0, 'cleanUp'), PENDING_CALLS + 1);
  t.is(calls.add(0, 'cleanUp'), undefined);
  calls.take(1);
  calls.take(2);
  t.is(calls.add(0), PENDING_CALLS + 2);
});

test('all calls are taken out at once, oldest first', (t) => {
  const calls = new PendingCalls<string>();
  calls.add('a');
  calls.add('b');
  t.deepEqual(calls.takeAll(), ['a', 'b']);
  t.is(calls.size, 0);
  t.is(calls.take(1), undefined);
});
