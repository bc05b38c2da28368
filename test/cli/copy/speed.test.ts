import test from 'ava';
import { bytesPerSecond, type Samples, sampled } from '#src/cli/copy/speed.js';

const after = (...samples: readonly (readonly [atMs: number, bytes: number])[]): Samples =>
  samples.reduce<Samples>((all, [atMs, bytes]) => sampled(all, { atMs, bytes }), []);

test('nothing is known before there are two times', (t) => {
  t.is(bytesPerSecond([]), 0);
  t.is(bytesPerSecond(after([0, 500])), 0);
  t.is(bytesPerSecond(after([0, 0], [0, 500])), 0);
});

test('it is what moved between the first and the last time', (t) => {
  t.is(bytesPerSecond(after([0, 0], [500, 10], [2_000, 4_000])), 2_000);
});

test('what is longer ago than five seconds does not count', (t) => {
  t.is(bytesPerSecond(after([0, 0], [1_000, 1_000_000], [6_000, 1_000_000], [8_000, 1_000_000])), 0);
});

test('a long pause between two times counts as a whole', (t) => {
  t.is(bytesPerSecond(after([0, 0], [20_000, 2_000])), 100);
});

test('few samples are kept', (t) => {
  const all = after(...Array.from({ length: 1_000 }, (_, n) => [n * 100, n] as const));
  t.is(all.length, 51);
});
