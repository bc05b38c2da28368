import test from 'ava';
import { between, entryOf, isBelow, isWithin, parentOf, resolveIn, upwards } from '#src/sandbox/paths.js';

test('a path is within a directory by whole names', (t) => {
  t.deepEqual(
    ['/a', '/a/b', '/ab', '/'].map((path) => isWithin(path, '/a')),
    [true, true, false, false],
  );
  t.deepEqual([isBelow('/a', '/a'), isBelow('/a', '/'), isBelow('/', '/')], [false, true, false]);
});

test('the root is above itself, and its entries have one slash', (t) => {
  t.deepEqual([parentOf('/'), parentOf('/a'), parentOf('/a/b')], ['/', '/', '/a']);
  t.deepEqual([entryOf('/', 'a'), entryOf('/a', 'b')], ['/a', '/a/b']);
  t.deepEqual(upwards('/a/b'), ['/a/b', '/a', '/']);
});

test('what is between is neither end', (t) => {
  t.deepEqual(between('/', '/a/b/c'), ['/a', '/a/b']);
  t.deepEqual(between('/a', '/a/b/c'), ['/a/b']);
  t.deepEqual(between('/a', '/a/b'), []);
});

test('text is resolved by its spelling', (t) => {
  t.is(resolveIn('/w', 'a//b/./../c/'), '/w/a/c');
  t.is(resolveIn('/w', '/x/../..'), '/');
  t.is(resolveIn('/', ''), '/');
});
