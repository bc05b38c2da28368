import test from 'ava';
import { clock, humanDuration, humanSize } from '#src/cli/copy/human.js';

const sizes: readonly (readonly [bytes: number, shown: string])[] = [
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [12_345, '12.3 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [12_345_678, '12.3 MB'],
  [10 * 2 ** 30, '10.7 GB'],
  [Number.MAX_SAFE_INTEGER, '9.0 PB'],
  [5e18, '5000.0 PB'],
];
for (const [bytes, shown] of sizes) test(`${bytes} bytes are ${shown}`, (t) => t.is(humanSize(bytes), shown));

const durations: readonly (readonly [ms: number, shown: string])[] = [
  [0, '0.0 s'],
  [1_240, '1.2 s'],
  [59_900, '59.9 s'],
  [59_960, '1:00'],
  [3_600_000, '1:00:00'],
];
for (const [ms, shown] of durations) test(`${ms} ms are ${shown}`, (t) => t.is(humanDuration(ms), shown));

test('a clock shows hours only where there are any', (t) => {
  t.deepEqual([0, 7_400, 754_000, 3_599_600, 3_723_000].map(clock), ['0:00', '0:07', '12:34', '1:00:00', '1:02:03']);
});
