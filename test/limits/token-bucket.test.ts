import test from 'ava';
import fc from 'fast-check';
import { TokenBucket } from '#src/limits/token-bucket.js';

test('a second of quiet is good for a second of work at once, and no more', (t) => {
  const bucket = new TokenBucket(3, 1_000);
  const takes = (now: number, times: number) => Array.from({ length: times }, () => bucket.take(now));
  t.deepEqual(takes(1_000, 4), [true, true, true, false]);
  t.deepEqual(takes(1_333, 1), [false]);
  t.deepEqual(takes(1_334, 2), [true, false]);
  t.deepEqual(takes(60_000, 4), [true, true, true, false]);
});

test('what is refused costs nothing', (t) => {
  const bucket = new TokenBucket(1, 0);
  t.true(bucket.take(0));
  for (let now = 10; now < 1_000; now += 10) t.false(bucket.take(now), `${now}`);
  t.true(bucket.take(1_000.001));
});

test('in no time more is let through than the rate and one bucket', (t) => {
  const waits = fc.array(fc.double({ min: 0, max: 3_000, noNaN: true }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), waits, (perSecond, pauses) => {
      const bucket = new TokenBucket(perSecond, 0);
      let now = 0;
      let taken = 0;
      for (const pause of pauses) {
        now += pause;
        if (bucket.take(now)) taken += 1;
      }
      t.true(taken <= perSecond + (now / 1_000) * perSecond + 1e-6);
    }),
  );
});
