import { execFileSync } from 'node:child_process';
import { accessSync, lstatSync, mkdirSync, readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type { WalkLimits } from '#src/pool/file-calls.js';
import type { FileUri } from '#src/protocol/ids.js';
import { WALK_DEPTH, WALK_DIRECTORIES, WALK_ENTRIES, WALK_RESPONSE_BYTES } from '#src/protocol/limits.js';
import { fileUri, joinUri, nativePath } from '#src/protocol/path-uri.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { walk, walkTree } from '#workers/files/walk.js';
import { plant, plantDeep, type Tree } from './support/tree.js';
import { withoutPrivileges } from './support/without-privileges.js';

const EVERYTHING: WalkLimits = {
  maxDepth: WALK_DEPTH,
  maxDirectories: WALK_DIRECTORIES,
  maxEntries: WALK_ENTRIES,
  followDirectorySymlinks: true,
  pruneHiddenDirectories: false,
};

/** Source: Linux, less the zero at its end. */
const LONGEST_PATH_BYTES = 4095;

/** Paths below the root, directories with a slash at their end. */
function walked(root: string, limits: Partial<WalkLimits> = {}): { entries: string[]; truncated: boolean } {
  const { entries, errors, truncated } = walkTree(fileUri(root), { ...EVERYTHING, ...limits });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  const below = (uri: FileUri) => String(nativePath(uri)).slice(root.length + 1);
  return { entries: entries.map(({ path, kind }) => below(path) + (kind === 'directory' ? '/' : '')), truncated };
}

/** Of a tree of its own. */
function walkedTree(tree: Tree, limits?: Partial<WalkLimits>): { entries: string[]; truncated: boolean } {
  using folder = new TemporaryFolder();
  plant(folder.path, tree);
  return walked(folder.path, limits);
}

test('level by level, each directory in the order of the bytes of its names', (t) => {
  const tree = { b: { y: '', x: { deep: '' } }, a: { '\u{1f600}': '', '\uff5e': '', Z: '' }, c: '' };
  t.deepEqual(walkedTree(tree), {
    entries: ['a/', 'b/', 'c', 'a/Z', 'a/\uff5e', 'a/\u{1f600}', 'b/x/', 'b/y', 'b/x/deep'],
    truncated: false,
  });
});

test('the root is not in the result, and its spelling is kept', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { 'a b': {} });
  const uri = `${fileUri(folder.path)}//` as FileUri;
  t.is(
    walk({ root: uri, limits: EVERYTHING }),
    `{"entries":[{"path":"${uri}a%20b","kind":"directory"}],"errors":[],"truncated":false}`,
  );
});

test('links to files and special files are passed over', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { file: '', link: '->file', dangling: '->nowhere', null: '->/dev/null' });
  execFileSync('mkfifo', [folder.file('fifo')]);
  t.deepEqual(walked(folder.path), { entries: ['file'], truncated: false });
});

test('links to directories are followed only when they are to be', (t) => {
  const tree = { b: { file: '' }, link: '->b' };
  t.deepEqual(walkedTree(tree, { followDirectorySymlinks: false }).entries, ['b/', 'b/file']);
  t.deepEqual(walkedTree({ ...tree, a: '->b' }).entries, ['a/', 'b/', 'link/', 'a/file']);
});

test('a loop of links ends', (t) => {
  const tree = { a: { up: '->..', self: '->.' }, b: '->a' };
  t.deepEqual(walkedTree(tree).entries, ['a/', 'b/', 'a/self/', 'a/up/']);
});

test('a root that is a link is followed only when links are', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { tree: { file: '' }, link: '->tree' });
  t.deepEqual(walked(folder.file('link')).entries, ['file']);
  t.deepEqual(walked(folder.file('link'), { followDirectorySymlinks: false }).entries, []);
});

test('below what is no directory there is nothing; what is not there is an error', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', '');
  t.deepEqual(walked(folder.file('file')), { entries: [], truncated: false });
  t.throws(() => walked(folder.file('nothing')), { code: 'ENOENT' });
  t.throws(() => walkTree('file:///C:/x' as FileUri, EVERYTHING), { message: /is invalid on/ });
});

test('hidden directories are told of, and not entered when they are to be pruned', (t) => {
  const tree = { '.a': { file: '' }, '.file': '', b: { '.c': { file: '' } } };
  t.deepEqual(walkedTree(tree, { pruneHiddenDirectories: true }).entries, ['.a/', '.file', 'b/', 'b/.c/']);
  t.deepEqual(walkedTree(tree).entries.length, 6);
});

test('a directory that was not entered because it is hidden may be entered on another way', (t) => {
  const tree = { '.link': '->b', b: { file: '' } };
  t.deepEqual(walkedTree(tree, { pruneHiddenDirectories: true }).entries, ['.link/', 'b/', 'b/file']);
});

test('the depth ends the walk without a word, a number too small truncates it', (t) => {
  const tree = { a: { b: { c: {} } }, d: {} };
  t.deepEqual(walkedTree(tree, { maxDepth: 0 }), { entries: ['a/', 'd/'], truncated: false });
  t.deepEqual(walkedTree(tree, { maxDepth: 1 }), { entries: ['a/', 'd/', 'a/b/'], truncated: false });
  t.deepEqual(walkedTree(tree, { maxDirectories: 2 }), { entries: ['a/', 'd/', 'a/b/'], truncated: true });
  t.deepEqual(walkedTree(tree, { maxDirectories: 5 }), { entries: ['a/', 'd/', 'a/b/', 'a/b/c/'], truncated: false });
  t.deepEqual(walkedTree(tree, { maxDirectories: 4 }), { entries: ['a/', 'd/', 'a/b/', 'a/b/c/'], truncated: true });
  t.deepEqual(walkedTree(tree, { maxEntries: 4 }), { entries: ['a/', 'd/', 'a/b/', 'a/b/c/'], truncated: false });
  t.deepEqual(walkedTree(tree, { maxEntries: 3 }), { entries: ['a/', 'd/', 'a/b/'], truncated: true });
});

test('entries that are passed over count', (t) => {
  t.deepEqual(walkedTree({ a: '->b', b: '', c: '' }, { maxEntries: 2 }), { entries: ['b'], truncated: true });
});

test('a directory that was met before is no reason to say that there is more', (t) => {
  t.deepEqual(walkedTree({ self: '->.' }, { maxDirectories: 1 }), { entries: ['self/'], truncated: false });
  t.deepEqual(walkedTree({ up: '->..' }, { maxDirectories: 1 }), { entries: ['up/'], truncated: true });
});

test('of a directory with more entries than wanted the first ones are told', (t) => {
  const names = Array.from({ length: 200 }, (_, number) => String(1000 + ((number * 37) % 200)));
  const { entries, truncated } = walkedTree(Object.fromEntries(names.map((name) => [`x${name}`, ''])), {
    maxEntries: 7,
  });
  t.deepEqual(entries, ['x1000', 'x1001', 'x1002', 'x1003', 'x1004', 'x1005', 'x1006']);
  t.true(truncated);
});

test('limits are checked first', (t) => {
  const refused = (limits: Partial<WalkLimits>) => {
    const error = t.throws(() => walkTree('file:///nothing/here' as FileUri, { ...EVERYTHING, ...limits }));
    return error!.message;
  };
  t.is(refused({ maxEntries: 0 }), 'filesystem walk limits must be greater than zero');
  t.is(refused({ maxDirectories: 0, maxDepth: 99 }), 'filesystem walk limits must be greater than zero');
  const tooHigh = 'filesystem walk limits exceed maximums: depth=64, directories=10000, entries=50000';
  t.is(refused({ maxDepth: WALK_DEPTH + 1 }), tooHigh);
  t.is(refused({ maxDirectories: WALK_DIRECTORIES + 1 }), tooHigh);
  t.is(refused({ maxEntries: WALK_ENTRIES + 1 }), tooHigh);
  t.is(refused({ maxEntries: Number.MAX_SAFE_INTEGER }), tooHigh);
  t.regex(refused({ maxDepth: 0 }), /ENOENT/);
});

test('a directory that cannot be read is an error of its own, and the walk goes on', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { closed: { x: '' }, open: { y: '' } });
  const root = fileUri(folder.path);
  const { done } = withoutPrivileges('files/walk', 'walk', { root, limits: EVERYTHING }, folder.file('closed'), 0) as {
    done: string;
  };
  t.deepEqual(JSON.parse(done), {
    entries: [
      { path: `${root}/closed`, kind: 'directory' },
      { path: `${root}/open`, kind: 'directory' },
      { path: `${root}/open/y`, kind: 'file' },
    ],
    errors: [{ path: `${root}/closed`, message: 'Permission denied (os error 13)' }],
    truncated: false,
  });
});

test('a name that is not UTF-8 has no URI of its own: it is looked for under the one it gets', (t) => {
  using folder = new TemporaryFolder();
  const name = Buffer.of(0xff, 0x61);
  mkdirSync(Buffer.concat([Buffer.from(`${folder.path}/`), name]));
  const uri = fileUri(folder.path);
  const spelled = `${uri}/%EF%BF%BDa` as FileUri;
  const { entries, errors } = walkTree(uri, EVERYTHING);
  t.deepEqual(entries, []);
  t.deepEqual(errors, [{ path: spelled, message: 'No such file or directory (os error 2)' }]);
  folder.write('\ufffda', '');
  const file = { path: spelled, kind: 'file' } as const;
  t.deepEqual(walkTree(uri, EVERYTHING), { entries: [file, file], errors: [], truncated: false });
});

test('below a root that is not UTF-8 everything can be told', (t) => {
  using folder = new TemporaryFolder();
  const root = Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.of(0xff)]);
  mkdirSync(root);
  mkdirSync(Buffer.concat([root, Buffer.from('/a')]));
  writeFileSync(Buffer.concat([root, Buffer.from('/a/b')]), '');
  const uri = fileUri(root);
  t.deepEqual(
    walkTree(uri, EVERYTHING).entries.map(({ path }) => path),
    [joinUri(uri, 'a'), joinUri(joinUri(uri, 'a'), 'b')],
  );
});

test('what becomes longer than a path may be is not seen', (t) => {
  using folder = new TemporaryFolder();
  const name = 'n'.repeat(250);
  plantDeep(folder.path, Array<string>(20).fill(name), 'file');
  try {
    const { entries } = walked(folder.path);
    t.is(entries.length, Math.floor((LONGEST_PATH_BYTES - folder.path.length) / (name.length + 1)));
  } finally {
    execFileSync('rm', ['-rf', folder.file(name)]);
  }
});

test('the result is kept so small that a peer takes it', (t) => {
  using folder = new TemporaryFolder();
  // 4 MiB in items of 64 bytes and a URI; whatever does not fit in ends the walk.
  const length = 200;
  const costBytes = fileUri(folder.path).length + 1 + length + 64;
  const fitting = Math.floor(WALK_RESPONSE_BYTES / costBytes);
  const make = (from: number, to: number) => {
    const script = `seq -f '%0${length}.0f' ${from} ${to} | xargs touch`;
    execFileSync('sh', ['-c', script], { cwd: folder.path });
  };
  make(1, fitting);
  const all = walkTree(fileUri(folder.path), EVERYTHING);
  t.is(all.entries.length, fitting);
  t.false(all.truncated);
  make(fitting + 1, fitting + 1);
  const most = walkTree(fileUri(folder.path), EVERYTHING);
  t.is(most.entries.length, fitting);
  t.true(most.truncated);
});

// ---- against a description of the result that walks nowhere ----------------------------------------------

/** Names from the root to an entry. */
type Way = readonly string[];

const inOrder = (one: Way, other: Way): number =>
  one.length - other.length || Buffer.compare(Buffer.from(one.join('\0')), Buffer.from(other.join('\0')));

/** For each directory that may be entered the first of all ways to it, by its real path. */
function firstWays(root: string, limits: WalkLimits): Map<string, Way> {
  const ways = new Map<string, Way>([[realpathSync(root), []]]);
  for (let settled = false; !settled; ) {
    settled = true;
    for (const [directory, way] of [...ways]) {
      for (const name of readdirSync(directory)) {
        const entry = join(directory, name);
        const below = [...way, name];
        const pruned = limits.pruneHiddenDirectories && name.startsWith('.');
        if (kindOf(entry, limits) !== 'directory' || pruned || below.length > limits.maxDepth) continue;
        const known = ways.get(realpathSync(entry));
        if (known !== undefined && inOrder(known, below) <= 0) continue;
        ways.set(realpathSync(entry), below);
        settled = false;
      }
    }
  }
  return ways;
}

function kindOf(
  path: string,
  { followDirectorySymlinks }: WalkLimits,
): 'directory' | 'file' | 'passed over' | 'unseen' {
  if (!leadsSomewhere(path)) return 'unseen';
  const isLink = lstatSync(path).isSymbolicLink();
  if (statSync(path).isDirectory()) return isLink && !followDirectorySymlinks ? 'passed over' : 'directory';
  return isLink ? 'passed over' : 'file';
}

function leadsSomewhere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

/** The first directories that may be entered, all that is in them, and of that the first entries. */
function expected(root: string, limits: WalkLimits): { entries: string[]; truncated: boolean } {
  const directories = [...firstWays(root, limits).values()].sort(inOrder);
  const entered = directories.slice(0, limits.maxDirectories);
  const seen = entered
    .flatMap((way) => readdirSync(join(root, ...way)).map((name) => [...way, name]))
    .filter((way) => kindOf(join(root, ...way), limits) !== 'unseen')
    .sort(inOrder);
  const examined = seen.slice(0, limits.maxEntries);
  const firstNotEntered = directories[limits.maxDirectories];
  const entries = examined.flatMap((way) => {
    const kind = kindOf(join(root, ...way), limits);
    if (kind === 'passed over') return [];
    return [kind === 'directory' ? `${way.join('/')}/` : way.join('/')];
  });
  return {
    entries,
    truncated:
      examined.length < seen.length ||
      (firstNotEntered !== undefined && examined.some((way) => inOrder(way, firstNotEntered) === 0)),
  };
}

const anyName = fc.constantFrom('a', 'b', 'c', '.h', '%41', '\u00e9 e', '\uff5e', '\u{1f600}');
const anyLink = fc
  .array(fc.constantFrom('.', '..', 'a', 'b', '.h', 'nowhere'), { minLength: 1, maxLength: 3 })
  .map((parts) => `->${parts.join('/')}`);
const { anyTree } = fc.letrec<{ anyTree: Tree }>((tie) => ({
  anyTree: fc.dictionary(anyName, fc.oneof({ maxDepth: 3 }, fc.constant('text'), anyLink, tie('anyTree')), {
    maxKeys: 4,
  }),
}));
const anyLimits: fc.Arbitrary<WalkLimits> = fc.record({
  maxDepth: fc.nat(4),
  maxDirectories: fc.integer({ min: 1, max: 8 }),
  maxEntries: fc.integer({ min: 1, max: 20 }),
  followDirectorySymlinks: fc.boolean(),
  pruneHiddenDirectories: fc.boolean(),
});

test('on any tree the result is as described, under any limits', (t) => {
  fc.assert(
    fc.property(anyTree, anyLimits, (tree, limits) => {
      using folder = new TemporaryFolder();
      // So deep that no link leads out of the folder.
      plant(folder.path, { up: { up: { root: tree } } });
      const root = folder.file('up/up/root');
      t.deepEqual(walked(root), expected(root, EVERYTHING));
      t.deepEqual(walked(root, limits), expected(root, limits));
    }),
    { numRuns: 150 },
  );
});
