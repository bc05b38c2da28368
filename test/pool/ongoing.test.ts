import test from 'ava';
import { Ongoing } from '#src/pool/ongoing.js';

test('the end of the last is waited for', async (t) => {
  const ongoing = new Ongoing();
  const [one, other] = [ongoing.begin(), ongoing.begin()];
  const seen: string[] = [];
  const none = ongoing.whenNone(60_000).then(() => seen.push('none'));
  one();
  one();
  await Promise.resolve();
  t.deepEqual([ongoing.count, seen], [1, []]);
  seen.push('other');
  other();
  await none;
  t.deepEqual([ongoing.count, seen], [0, ['other', 'none']]);
});

test('where there is nothing nobody waits, and where there is something no longer than said', async (t) => {
  const ongoing = new Ongoing();
  t.true(await ongoing.whenNone(60_000));
  const over = ongoing.begin();
  t.false(await ongoing.whenNone(1));
  over();
  t.true(await ongoing.whenNone(60_000));
});
