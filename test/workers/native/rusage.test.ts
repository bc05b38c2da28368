import test from 'ava';
import { RUSAGE_WORDS, usedByLeader } from '#workers/native/rusage.js';

const MIB = 1024 * 1024;

/** 3.000250 s in programs, 7 us in the system. */
function rusage(peakKib: number): BigInt64Array {
  const words = new BigInt64Array(RUSAGE_WORDS);
  words.set([3n, 250n, 0n, 7n, BigInt(peakKib)]);
  return words;
}

test('times are milliseconds with microseconds behind the point', (t) => {
  t.like(usedByLeader(rusage(0), 0), { userMs: 3000.25, systemMs: 0.007 });
});

test('a peak counts where it is clearly not our own', (t) => {
  t.is(usedByLeader(rusage(200 * 1024), 100 * MIB).peakRssBytes, 200 * MIB);
  t.is(usedByLeader(rusage(100 * 1024), 100 * MIB).peakRssBytes, undefined);
  t.is(usedByLeader(rusage(104 * 1024), 100 * MIB).peakRssBytes, undefined);
  t.is(usedByLeader(rusage(104 * 1024 + 1), 100 * MIB).peakRssBytes, 104 * MIB + 1024);
  t.is(usedByLeader(rusage(1), undefined).peakRssBytes, 1024);
});
