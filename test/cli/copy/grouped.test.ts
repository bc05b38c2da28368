import test from 'ava';
import { grouped } from '#src/cli/copy/grouped.js';
import { deferred } from '#src/client/deferred.js';

test('the first does not wait; what comes meanwhile goes together, each with its own answer', async (t) => {
  const groups: (readonly number[])[] = [];
  const gate = deferred<void>();
  const double = grouped(async (items: readonly number[]) => {
    groups.push(items);
    if (groups.length === 1) await gate.promise;
    return items.map((item) => item * 2);
  });
  const answers = [1, 2, 3].map(double);
  t.deepEqual(groups, [[1]]);
  gate.resolve();
  t.deepEqual(await Promise.all(answers), [2, 4, 6]);
  t.deepEqual(groups, [[1], [2, 3]]);
  t.is(await double(4), 8);
  t.deepEqual(groups.at(-1), [4]);
});

test('a group that fails fails for all in it, and for nobody after it', async (t) => {
  let fails = true;
  const ask = grouped(async (items: readonly string[]) => {
    await null;
    if (fails) throw new Error('no');
    return items;
  });
  const results = await Promise.allSettled([ask('a'), ask('b')]);
  t.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  fails = false;
  t.is(await ask('c'), 'c');
});
