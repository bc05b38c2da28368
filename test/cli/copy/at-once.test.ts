import test from 'ava';
import { forEachAtOnce, Places } from '#src/cli/copy/at-once.js';
import { deferred } from '#src/client/deferred.js';

test('no more than the limit run, and all are done, begun in their order', async (t) => {
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  await forEachAtOnce([0, 1, 2, 3, 4, 5, 6], 3, async (item) => {
    begun.push(item);
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
  });
  t.deepEqual([begun, most, running], [[0, 1, 2, 3, 4, 5, 6], 3, 0]);
});

test('after a failure nothing is begun, and it is told when what runs has ended', async (t) => {
  const slow = deferred<void>();
  const begun: number[] = [];
  let told = false;
  const all = forEachAtOnce([0, 1, 2, 3], 2, async (item) => {
    begun.push(item);
    if (item === 0) throw new Error('first');
    await slow.promise;
    throw new Error('second');
  }).finally(() => {
    told = true;
  });
  await new Promise(setImmediate);
  t.false(told);
  slow.resolve();
  await t.throwsAsync(all, { message: 'first' });
  t.deepEqual(begun, [0, 1]);
});

test('nothing to do is done at once', async (t) => {
  await forEachAtOnce([], 4, async () => t.fail());
  t.pass();
});

test('places are given in the order of asking, also by work that fails', async (t) => {
  const places = new Places(1);
  const order: string[] = [];
  const first = deferred<void>();
  const works = [
    places.run(() => first.promise),
    places.run(async () => {
      order.push('second');
      throw new Error('no');
    }),
    places.run(async () => order.push('third')),
  ];
  await new Promise(setImmediate);
  t.deepEqual(order, []);
  first.resolve();
  const results = await Promise.allSettled(works);
  t.deepEqual(order, ['second', 'third']);
  t.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});
