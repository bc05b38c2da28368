import test from 'ava';
import fc from 'fast-check';
import { globDirectories, globRegex, nameRegex } from '#src/sandbox/seatbelt-patterns.js';

const matches = (regex: string, path: string): boolean => new RegExp(regex, 's').test(path);

test('a protected name is covered with all below it, and nothing beside it', (t) => {
  const regex = nameRegex('/w', '.git');
  t.is(regex, '^/w/\\.[gG][iI][tT](/.*)?$');
  for (const path of ['/w/.git', '/w/.git/', '/w/.git/hooks/x', '/w/.GIT', '/w/.Git/config']) {
    t.true(matches(regex, path), path);
  }
  for (const path of ['/w', '/w/.gitignore', '/w/xgit', '/w/sub/.git', '/v/.git', '/ww/.git', '/x/w/.git']) {
    t.false(matches(regex, path), path);
  }
});

test('a protected name in the root of the disk has one slash', (t) => {
  t.is(nameRegex('/', '.aws'), '^/\\.[aA][wW][sS](/.*)?$');
});

test('any directory is taken by its letters, whatever they mean in an expression', (t) => {
  const name = fc.stringMatching(/^[ -.0-~é\n]{1,12}$/);
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 3 }), (names) => {
      const directory = `/${names.join('/')}`;
      const regex = nameRegex(directory, '.git');
      t.true(matches(regex, `${directory}/.git/x`));
      t.false(regex.includes('"'));
      if (!directory.includes('"')) t.false(matches(regex, `${directory}x/.git`));
    }),
  );
});

test('a quote in a directory stands for any character', (t) => t.is(nameRegex('/a"b', 'c'), '^/a.b/[cC](/.*)?$'));

test('globs become expressions', (t) => {
  const expected = {
    '/w/*.env': '^/w/[^/]*\\.env$',
    '/w/**/*.env': '^/w/(.*/)?[^/]*\\.env$',
    '/w/**': '^/w/.*$',
    '/w/a**b': '^/w/a[^/]*b$',
    '/w/?x': '^/w/[^/]x$',
    '/w/[a-c._9]': '^/w/[a-c._9]$',
    '/w/[!a-c]': '^/w/[^/a-c]$',
    '/w/[ab': '^/w/\\[ab$',
    '/w/[]': '^/w/\\[\\]$',
    '/w/[!]': '^/w/\\[!\\]$',
    '/w/[]a]': '^/w/[^/]$',
    '/w/[^a]': '^/w/[^/]$',
    '/w/[z-a]': '^/w/[^/]$',
    '/w/[a"]x': '^/w/[^/]x$',
    '/w/(a+b)$': '^/w/\\(a\\+b\\)\\$$',
  };
  for (const [glob, regex] of Object.entries(expected)) t.is(globRegex(glob), regex, glob);
});

test('a glob matches what it says', (t) => {
  const any = globRegex('/w/**/*.env');
  for (const path of ['/w/.env', '/w/a.env', '/w/a/b/c.env', '/w/.hidden/.env']) t.true(matches(any, path), path);
  for (const path of ['/w/env', '/w/a.env/b', '/v/a.env', '/w/a.envx']) t.false(matches(any, path), path);
  t.false(matches(globRegex('/w/*.env'), '/w/a/b.env'));
  t.false(matches(globRegex('/w/[!a]x'), '/w//x'));
});

test('the directories on the way to a match are told, without those of any name', (t) => {
  t.deepEqual(globDirectories('/w/conf*/**/keys/*.pem'), ['/w', '/w/conf*', '/w/conf*/**/keys']);
  t.deepEqual(globDirectories('/x*'), []);
});
