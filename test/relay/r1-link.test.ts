/** Whole streams over links that lose, repeat and overtake. */
import test from 'ava';
import fc from 'fast-check';
import { runLink, type Weather } from './support/lossy-link.js';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const resent = (frames: readonly { body: { kind: string } }[], records: number) =>
  frames.filter(({ body }) => body.kind === 'data').length - records;

const BAD: Weather = { lost: 25, twice: 25, fastest: 5, slowest: 80 };

test('over a link that loses, repeats and overtakes every fourth frame all records arrive once and in order, both ways', (t) => {
  const seeds = fc.record({ seed: fc.integer(), there: fc.nat({ max: 200 }), back: fc.nat({ max: 200 }) });
  fc.assert(
    fc.property(seeds, ({ seed, there, back }) => {
      const { ends } = runLink(BAD, [there, back], seed, 300_000);
      t.deepEqual([ends[0].resets, ends[1].resets], [[], []]);
      t.deepEqual(ends[0].received, upTo(back));
      t.deepEqual(ends[1].received, upTo(there));
    }),
    { numRuns: 40, seed: 5 },
  );
  t.pass();
});

test('more records than a window has room for arrive over a bad link', (t) => {
  const { ends } = runLink({ ...BAD, lost: 10, twice: 10 }, [2_000, 0], 1, 600_000);
  t.deepEqual(ends[1].received, upTo(2_000));
});

test('whatever the weather, nothing comes out of order or twice', (t) => {
  const weather = fc.record({
    lost: fc.nat({ max: 90 }),
    twice: fc.nat({ max: 90 }),
    fastest: fc.constant(1),
    slowest: fc.integer({ min: 1, max: 3_000 }),
  });
  fc.assert(
    fc.property(weather, fc.integer(), (weather, seed) => {
      const { ends } = runLink(weather, [100, 30], seed, 60_000);
      t.deepEqual(ends[0].received, upTo(ends[0].received.length));
      t.deepEqual(ends[1].received, upTo(ends[1].received.length));
    }),
    { numRuns: 60, seed: 6 },
  );
  t.pass();
});

test('over a good link nothing is sent twice', (t) => {
  const { ends, now } = runLink({ lost: 0, twice: 0, fastest: 20, slowest: 20 }, [1_000, 100], 1, 60_000);
  t.deepEqual(ends[1].received, upTo(1_000));
  t.is(resent(ends[0].sentFrames, 1_000), 0);
  t.true(now < 5_000);
});

test('over a link that loses every twentieth frame not much more is sent again than was lost', (t) => {
  const { ends } = runLink({ lost: 5, twice: 0, fastest: 20, slowest: 22 }, [1_000, 0], 1, 60_000);
  t.deepEqual(ends[1].received, upTo(1_000));
  t.true(resent(ends[0].sentFrames, 1_000) < 100);
});

const CLEAR: Weather = { lost: 0, twice: 0, fastest: 20, slowest: 20 };

for (const [what, from] of [
  ['from the first record on', 0],
  ['in the middle of a stream', 100],
] as const) {
  const noRoom = { from, until: from + 60_000, says: true };

  test(`a receiver that has no room for 60 s, ${what}, gets everything behind that`, (t) => {
    const { ends, now } = runLink({ ...CLEAR, noRoom }, [1_000, 0], 1, 120_000);
    t.deepEqual([ends[0].resets, ends[1].resets], [[], []]);
    t.deepEqual(ends[1].received, upTo(1_000));
    t.true(now > noRoom.until);
  });

  test(`over a bad link too, with records both ways: no room for 60 s, ${what}`, (t) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { ends } = runLink({ ...BAD, noRoom }, [300, 300], seed, 300_000);
        t.deepEqual([ends[0].resets, ends[1].resets], [[], []]);
        t.deepEqual([ends[0].received, ends[1].received], [upTo(300), upTo(300)]);
      }),
      { numRuns: 20, seed: 8 },
    );
  });

  test(`a receiver that takes nothing and says nothing is given up after 10 s: ${what}`, (t) => {
    const { ends, now } = runLink({ ...CLEAR, noRoom: { ...noRoom, says: false } }, [1_000, 0], 1, 120_000);
    t.deepEqual(ends[0].resets, ['Noise relay records are not acknowledged']);
    t.true(now < from + 20_000);
  });
}
