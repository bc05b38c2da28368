import test from 'ava';
import { namesOfPlace, PlaceTree } from '#src/files/place-tree.js';

const met = (tree: PlaceTree<string>, path: string, manner: 'read' | 'write') => {
  const names = namesOfPlace(path);
  const found: string[] = [];
  tree.forMet(names, manner, (who) => found.push(who));
  return { count: tree.countMet(names, manner), found: found.sort() };
};

test('whoever writes meets all above, at and below the place; whoever reads only those who write', (t) => {
  const tree = new PlaceTree<string>();
  for (const [path, manner] of [
    ['/', 'read'],
    ['/a', 'write'],
    ['/a/b', 'read'],
    ['/a/b/c', 'write'],
    ['/a/x', 'write'],
    ['a', 'write'],
  ] as const) {
    tree.enter(namesOfPlace(path), manner, `${manner} ${path}`);
  }
  t.deepEqual(met(tree, '/a/b', 'read'), { count: 2, found: ['write /a', 'write /a/b/c'] });
  t.deepEqual(met(tree, '/a/b', 'write'), { count: 4, found: ['read /', 'read /a/b', 'write /a', 'write /a/b/c'] });
  t.deepEqual(met(tree, '/z', 'read'), { count: 0, found: [] });
});

test('somebody who is at a place twice is met twice, and once when one of the two has been left', (t) => {
  const tree = new PlaceTree<string>();
  const leaves = [1, 2].map(() => tree.enter(namesOfPlace('/a'), 'write', 'me'));
  t.deepEqual(met(tree, '/a', 'read'), { count: 2, found: ['me', 'me'] });
  leaves[0]!();
  t.deepEqual(met(tree, '/a', 'read'), { count: 1, found: ['me'] });
  t.false(tree.isEmpty);
  leaves[1]!();
  t.true(tree.isEmpty);
});

test('places deeper than 31 names count as the one above, so that long paths need no more memory', (t) => {
  const tree = new PlaceTree<string>();
  const at = (depth: number, name: string) => `${'/d'.repeat(depth - 1)}/${name}`;
  tree.enter(namesOfPlace(at(31, 'x')), 'write', 'as deep as can be told');
  t.is(met(tree, at(31, 'y'), 'write').count, 0);
  tree.enter(namesOfPlace(at(32, 'x')), 'write', 'deeper');
  t.deepEqual(met(tree, at(32, 'y'), 'write').found, ['deeper']);
  t.is(namesOfPlace('/n'.repeat(1 << 20)).length, 32);
});
