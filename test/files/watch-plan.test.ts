import test from 'ava';
import { type Found, planWatch, type WatchPlan } from '#src/files/watch-plan.js';
import { WATCHED_DIRECTORIES, WATCHED_PATHS } from '#src/protocol/limits.js';

/** How things are: each path that is there, with all above it as directories. */
function world(found: Readonly<Record<string, Found>>): (path: string) => Found {
  const all = new Map<string, Found>([['/', 'directory']]);
  for (const [path, what] of Object.entries(found)) {
    for (let at = path.indexOf('/', 1); at !== -1; at = path.indexOf('/', at + 1)) {
      if (!all.has(path.slice(0, at))) all.set(path.slice(0, at), 'directory');
    }
    all.set(path, what);
  }
  return (path) => all.get(path) ?? 'nothing';
}

/** Directories with their names, in order. */
const told = (plan: WatchPlan | undefined) =>
  plan && [...plan.directories].map(([directory, names]) => [directory, ...names]);

test('each directory on the way looks out for the next name, and for its own', (t) => {
  const plan = planWatch(['/a/b/c/d'], undefined, world({ '/a/b': 'directory' }));
  t.deepEqual(told(plan), [
    ['/', '', 'a'],
    ['/a', 'a', 'b'],
    ['/a/b', 'b', 'c'],
  ]);
  t.is(plan!.file, undefined);
});

test('ways that begin alike share their directories', (t) => {
  const plan = planWatch(['/a/x', '/a/y', '/b', '/a/x'], undefined, world({ '/a': 'directory' }));
  t.deepEqual(told(plan), [
    ['/', '', 'a', 'b'],
    ['/a', 'a', 'x', 'y'],
  ]);
});

test('a present file is watched itself and from above', (t) => {
  const plan = planWatch(['/x'], '/a/file', world({ '/a/file': 'other' }));
  t.deepEqual(told(plan), [
    ['/', '', 'x', 'a'],
    ['/a', 'a', 'file'],
  ]);
  t.is(plan!.file, '/a/file');
});

test('of a present directory only the directory matters, not what is in it', (t) => {
  const plan = planWatch(['/x'], '/a/here', world({ '/a/here/below': 'other' }));
  t.deepEqual(told(plan), [
    ['/', '', 'x', 'a'],
    ['/a', 'a', 'here'],
    ['/a/here', 'here'],
  ]);
  t.is(plan!.file, undefined);
});

test('the root may be what is present', (t) => {
  t.deepEqual(told(planWatch(['/x'], '/', world({}))), [['/', '', 'x']]);
});

test('nothing is promised where a missing path is there, as whatever', (t) => {
  for (const found of ['directory', 'link', 'other', 'unknown'] as const) {
    t.is(planWatch(['/y', '/a/x'], undefined, world({ '/a/x': found })), undefined, found);
  }
  t.is(planWatch(['/'], undefined, world({})), undefined);
});

test('nothing is promised where anything but a directory is on the way', (t) => {
  for (const found of ['link', 'other', 'unknown'] as const) {
    t.is(planWatch(['/a/x/y'], undefined, world({ '/a/x': found })), undefined, found);
    t.is(planWatch(['/y'], '/a/x/z', world({ '/a/x': found, '/a/x/z': 'other' })), undefined, found);
  }
  t.is(
    planWatch(['/x'], undefined, () => 'unknown'),
    undefined,
  );
});

test('nothing is promised where what is said to be present is not, or is a link', (t) => {
  for (const found of ['nothing', 'link', 'unknown'] as const) {
    t.is(planWatch(['/x'], '/a/here', world({ '/a': 'directory', '/a/here': found })), undefined, found);
  }
  t.is(planWatch(['/x'], '/a/here', world({})), undefined);
});

test('between one path and 64 are watched', (t) => {
  const paths = (count: number) => Array.from({ length: count }, (_, index) => `/${index}`);
  t.is(planWatch([], undefined, world({})), undefined);
  t.truthy(planWatch(paths(WATCHED_PATHS), undefined, world({})));
  t.is(planWatch(paths(WATCHED_PATHS + 1), undefined, world({})), undefined);
});

test('64 directories are watched on all ways together, and a present directory besides', (t) => {
  const deep = (count: number) => '/d'.repeat(count - 1);
  const there = world({ [deep(WATCHED_DIRECTORIES + 1)]: 'directory', '/other/here': 'directory' });
  t.truthy(planWatch([`${deep(WATCHED_DIRECTORIES)}/x`], undefined, there));
  t.is(planWatch([`${deep(WATCHED_DIRECTORIES + 1)}/x`], undefined, there), undefined);
  t.truthy(planWatch([`${deep(WATCHED_DIRECTORIES - 1)}/x`, '/other/x'], undefined, there));
  t.is(planWatch([`${deep(WATCHED_DIRECTORIES)}/x`, '/other/x'], undefined, there), undefined);
  t.truthy(planWatch([`${deep(WATCHED_DIRECTORIES)}/x`], '/other', there));
  t.is(planWatch([`${deep(WATCHED_DIRECTORIES)}/x`], '/other/here', there), undefined);
});

test('each path is looked at once, and none behind the limit', (t) => {
  const looked: string[] = [];
  const look = (path: string): Found => {
    looked.push(path);
    return 'directory';
  };
  planWatch(Array<string>(WATCHED_PATHS).fill('/d'.repeat(1_000_000)), undefined, look);
  t.is(looked.length, WATCHED_DIRECTORIES + 1);
  t.is(new Set(looked).size, looked.length);
});
