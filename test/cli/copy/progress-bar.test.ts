import test from 'ava';
import fc from 'fast-check';
import { type Progress, progressLine } from '#src/cli/copy/progress-bar.js';

const HALF: Progress = {
  listing: false,
  files: { done: 3, total: 10 },
  bytes: { done: 49_200_000, total: 123_000_000 },
  bytesPerSecond: 12_300_000,
};

test('a wide terminal shows everything, and a bar that is not longer for that', (t) => {
  t.is(
    progressLine(HALF, 200),
    `3/10 files  [${'#'.repeat(16)}${'.'.repeat(24)}]   40 %  49.2 MB of 123.0 MB  12.3 MB/s  0:06 left`,
  );
});

test('a narrower one has a shorter bar, then less text, at last only the part done', (t) => {
  const shown = [80, 60, 40, 24, 12, 5].map((columns) => progressLine(HALF, columns));
  t.deepEqual(shown, [
    '3/10 files  [######.........]   40 %  49.2 MB of 123.0 MB  12.3 MB/s  0:06 left',
    '3/10 files  [######..........]   40 %  12.3 MB/s  0:06 left',
    '[#######............]   40 %  0:06 left',
    '[#####.........]   40 %',
    '40 %',
    '40 %',
  ]);
});

test('one file needs no count', (t) => {
  t.true(progressLine({ ...HALF, files: { done: 0, total: 1 } }, 80).startsWith('['));
});

test('a rate that is not known is not shown, nor is what it would say', (t) => {
  t.regex(progressLine({ ...HALF, bytesPerSecond: 0 }, 80), / 40 % {2}49\.2 MB of 123\.0 MB$/);
});

test('when all bytes have moved and files are still checked it is not complete', (t) => {
  const line = progressLine({ ...HALF, bytes: { done: 123_000_000, total: 123_000_000 } }, 100);
  t.regex(line, /\.\] {3}99 %.*finishing$/);
});

test('at the end it is complete, and says nothing of what is left', (t) => {
  const line = progressLine(
    { ...HALF, files: { done: 10, total: 10 }, bytes: { done: 123_000_000, total: 123_000_000 } },
    100,
  );
  t.regex(line, /^10\/10 files {2}\[#+\] {2}100 % {2}123\.0 MB of 123\.0 MB {2}12\.3 MB\/s$/);
});

test('where all files are empty their number counts', (t) => {
  const empty = { ...HALF, files: { done: 1, total: 4 }, bytes: { done: 0, total: 0 } };
  t.regex(progressLine(empty, 80), / 25 %/);
});

test('while files are looked for it says how many there are', (t) => {
  const listing = { ...HALF, listing: true };
  t.is(progressLine(listing, 80), 'listing: 10 files, 123.0 MB');
  t.is(progressLine(listing, 12), 'listing');
});

test('no line reaches the last column, whatever it shows', (t) => {
  const amount = fc.record({ done: fc.nat(), total: fc.nat() });
  const progress = fc.record({
    listing: fc.boolean(),
    files: amount,
    bytes: amount,
    bytesPerSecond: fc.double({ min: 0, max: 1e12, noNaN: true }),
  });
  fc.assert(
    fc.property(progress, fc.integer({ min: 1, max: 300 }), (state, columns) => {
      return progressLine(state, columns).length < columns;
    }),
  );
  t.pass();
});
