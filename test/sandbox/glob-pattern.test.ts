import test from 'ava';
import fc from 'fast-check';
import { descend, type Glob, parseGlob, startOf } from '#src/sandbox/glob-pattern.js';
import { isBelow } from '#src/sandbox/paths.js';

/** Whether the glob fits a path. */
function fits(glob: Glob, path: string): boolean {
  if (!isBelow(path, glob.directory)) return false;
  let state = startOf(glob);
  let fit = false;
  for (const name of path.slice(glob.directory.length + 1).split('/'))
    ({ state, fits: fit } = descend(glob, state, name));
  return fit;
}

const all = [
  'ab',
  'a*b',
  'a?b',
  'axb',
  'a^b',
  'a!b',
  'a]b',
  'a\\b',
  'a[x]b',
  'a[x',
  'ax',
  '.h',
  'xab',
  'AB',
  'aéb',
  'a😀b',
].concat(['d/ab', 'd/.h', 'd/e/ab', 'd/e/f/ab']);
const matched = (pattern: string) => all.filter((name) => fits(parseGlob('/g', pattern), `/g/${name}`));

for (const [pattern, ...expected] of [
  ['a[x]b', 'axb'],
  ['a\\*b', 'a*b'],
  ['a[]x]b', 'axb', 'a]b'],
  ['a[a-z]b', 'axb'],
  ['a[x', 'a[x'],
  ['a[x/]b', 'axb'],
  ['a[[]x]b', 'a[x]b'],
  ['**/ab', 'ab', 'd/ab', 'd/e/ab', 'd/e/f/ab'],
  ['**ab', 'ab', 'xab'],
  ['d/**', 'd/ab', 'd/.h', 'd/e/ab', 'd/e/f/ab'],
  ['d/**/ab', 'd/ab', 'd/e/ab', 'd/e/f/ab'],
  ['*/ab', 'd/ab'],
  ['**/e/**', 'd/e/ab', 'd/e/f/ab'],
  ['./.*', '.h'],
  ['//ab*', 'ab'],
  ['x/../ab*', 'ab'],
  ['d/*/../a?', 'd/ab'],
  ['*/*/', 'd/ab', 'd/.h'],
  ['?b', 'ab'],
  ['A*', 'AB'],
] as const) {
  test(`${pattern} fits what it fits in the reference`, (t) => t.deepEqual(matched(pattern), [...expected]));
}

test('a negated set is any other character, in both spellings', (t) => {
  const others = all.filter((name) => /^a[^x]b$/u.test(name));
  t.true(others.length > 4);
  t.deepEqual(matched('a[!x]b'), others);
  t.deepEqual(matched('a[^x]b'), others);
});

test('a question mark is one character, however many bytes it has', (t) => {
  t.deepEqual(
    matched('a?b'),
    all.filter((name) => /^a[^/]b$/u.test(name)),
  );
});

test('the fixed directory is what comes before anything special', (t) => {
  const directory = (base: string, pattern: string) => parseGlob(base, pattern).directory;
  t.is(directory('/w', '**/*.env'), '/w');
  t.is(directory('/w', 'a/b/*.env'), '/w/a/b');
  t.is(directory('/w/x', '../y/*'), '/w/y');
  t.is(directory('/', '/var/lo\\g/*'), '/var/log');
  t.is(directory('/w/[x]', '*'), '/w/[x]');
});

for (const [base, pattern] of [
  ['/w', 'x'],
  ['/w', ''],
  ['/w', 'x/'],
  ['/w', '{a,b}*'],
  ['/w', 'a}*'],
  ['/', '*'],
  ['/', '/**/*.env'],
  ['/w', '../*'],
  ['/w', '**/../x'],
  ['/w', 'a[z-a]b'],
  ['/w', '*\\'],
  ['/w', '*/..'],
] as const) {
  test(`${pattern} below ${base} cannot be expanded`, (t) => {
    const text = `${base === '/' ? '' : base}/${pattern.replace(/^\//, '')}`;
    const message = `unreadable glob \`${text}\` cannot be safely expanded; use a pattern with a non-root directory prefix`;
    t.throws(() => parseGlob(base, pattern), { message });
  });
}

test('below what nothing can match there is no state left', (t) => {
  const glob = parseGlob('/w', '*/x');
  const { state } = descend(glob, startOf(glob), 'a');
  t.true(state.length > 0);
  t.deepEqual(descend(glob, state, 'x'), { state: [], fits: true });
  t.deepEqual(descend(glob, state, 'y'), { state: [], fits: false });
});

/** The plainest way to say what a pattern means, trying everything. */
function naive(pattern: readonly string[], path: readonly string[]): boolean {
  const [step, ...steps] = pattern;
  const [name, ...names] = path;
  if (step === undefined) return name === undefined;
  if (step === '**') return naive(steps, path) || (name !== undefined && naive(pattern, names));
  return name !== undefined && naiveName([...step], [...name]) && naive(steps, names);
}
function naiveName([token, ...tokens]: string[], name: string[]): boolean {
  if (token === undefined) return name.length === 0;
  if (token === '*') return naiveName(tokens, name) || (name.length > 0 && naiveName(['*', ...tokens], name.slice(1)));
  return name.length > 0 && (token === '?' || token === name[0]) && naiveName(tokens, name.slice(1));
}

test('any pattern fits what the plainest matcher says it fits', (t) => {
  const step = fc.oneof(
    { weight: 1, arbitrary: fc.constant('**') },
    { weight: 3, arbitrary: fc.stringMatching(/^[ab*?]{1,4}$/) },
  );
  const path = fc.array(fc.stringMatching(/^[ab]{1,4}$/), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 4 }), path, (steps, names) => {
      // The last step always matches a name: what is denied is a file below the directory.
      const pattern = [...steps, '*'];
      t.is(fits(parseGlob('/g', pattern.join('/')), `/g/${names.join('/')}`), naive(pattern, names), pattern.join('/'));
    }),
    { numRuns: 3000 },
  );
});

test('a pattern made to backtrack ends', (t) => {
  const glob = parseGlob('/g', `${'*a'.repeat(300)}b`);
  t.false(fits(glob, `/g/${'a'.repeat(255)}`));
  t.false(fits(parseGlob('/g', `${'**/a/'.repeat(60)}b`), `/g/${Array(200).fill('a').join('/')}`));
});
