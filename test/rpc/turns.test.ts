import test from 'ava';
import { Turns } from '#src/rpc/turns.js';

const settle = () => new Promise(setImmediate);

test('so many run at once, the others in the order of their coming', async (t) => {
  const turns = new Turns(2);
  const began: number[] = [];
  const ends: (() => void)[] = [];
  const all = [0, 1, 2, 3].map((name) =>
    turns.run(() => {
      began.push(name);
      return new Promise<void>((resolve) => ends.push(resolve));
    }),
  );
  await settle();
  t.deepEqual(began, [0, 1]);
  ends[1]!();
  await settle();
  t.deepEqual(began, [0, 1, 2]);
  ends[0]!();
  ends[2]!();
  await settle();
  ends[3]!();
  await Promise.all(all);
  t.deepEqual(began, [0, 1, 2, 3]);
});

test('a turn that is given back twice is one turn', async (t) => {
  const turns = new Turns(1);
  const giveBack = await turns.take();
  giveBack();
  giveBack();
  t.truthy(turns.takeNow());
  t.is(turns.takeNow(), undefined);
});

test('a free turn is taken at once, and none past those who wait', async (t) => {
  const turns = new Turns(1);
  const giveBack = turns.takeNow();
  const waiting = turns.take();
  t.is(turns.takeNow(), undefined);
  giveBack!();
  t.is(turns.takeNow(), undefined);
  (await waiting)();
  t.truthy(turns.takeNow());
});

test('work that fails gives its turn back', async (t) => {
  const turns = new Turns(1);
  await t.throwsAsync(
    turns.run(() => Promise.reject(new Error('failed'))),
    { message: 'failed' },
  );
  t.truthy(turns.takeNow());
});
