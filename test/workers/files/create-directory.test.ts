import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import test from 'ava';
import { outcomeUnprivileged } from '#test/support/operation-elsewhere.js';
import { descriptorsOf } from '#test/support/procfs.js';
import { refusal } from '#test/support/refusal.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { createDirectory } from '#workers/files/create-directory.js';

const EXISTS = '-32603 File exists (os error 17)';
const NOT_FOUND = '-32004 No such file or directory (os error 2)';
const NO_DIRECTORY = '-32603 Not a directory (os error 20)';

/** A folder with one of each kind. */
function furnished(): TemporaryFolder {
  const folder = new TemporaryFolder();
  mkdirSync(folder.file('directory'));
  folder.write('file', '');
  symlinkSync('directory', folder.file('link'));
  symlinkSync('file', folder.file('to file'));
  symlinkSync('nowhere', folder.file('dangling'));
  spawnSync('mkfifo', [folder.file('fifo')]);
  return folder;
}

/** What comes of each path: undefined is success. */
const EXPECTED = [
  {
    title: 'recursive: what is missing is made, and a directory that is there is success',
    recursive: true,
    followSymlinks: true,
    answers: {
      'new': undefined,
      'missing/a/b/c': undefined,
      directory: undefined,
      'directory/a/b': undefined,
      link: undefined,
      'link/below': undefined,
      file: EXISTS,
      'to file': EXISTS,
      dangling: EXISTS,
      'dangling/below': EXISTS,
      fifo: EXISTS,
      'file/below': NO_DIRECTORY,
    },
  },
  {
    title: 'not recursive: one directory is made, which must be new',
    recursive: false,
    followSymlinks: true,
    answers: {
      'new': undefined,
      'link/below': undefined,
      'missing/a': NOT_FOUND,
      directory: EXISTS,
      link: EXISTS,
      dangling: EXISTS,
      file: EXISTS,
      'dangling/below': NOT_FOUND,
      'file/below': NO_DIRECTORY,
    },
  },
  {
    title: 'recursive without following links: a link is no directory, wherever it stands',
    recursive: true,
    followSymlinks: false,
    answers: {
      'new': undefined,
      'missing/a/b/c': undefined,
      directory: undefined,
      'directory/a/b': undefined,
      link: NO_DIRECTORY,
      'link/below': NO_DIRECTORY,
      dangling: NO_DIRECTORY,
      'dangling/below': NO_DIRECTORY,
      file: NO_DIRECTORY,
      fifo: NO_DIRECTORY,
      'file/below': NO_DIRECTORY,
    },
  },
  {
    title: 'not recursive without following links: a link on the way is no directory, one at the end is there already',
    recursive: false,
    followSymlinks: false,
    answers: {
      'new': undefined,
      'directory/a': undefined,
      'missing/a': NOT_FOUND,
      directory: EXISTS,
      link: EXISTS,
      dangling: EXISTS,
      'link/below': NO_DIRECTORY,
      'file/below': NO_DIRECTORY,
    },
  },
] as const;

for (const { title, answers, ...options } of EXPECTED) {
  test(title, (t) => {
    using folder = furnished();
    for (const [name, expected] of Object.entries(answers)) {
      const path = folder.file(name);
      t.is(
        refusal(() => createDirectory({ path, ...options })),
        expected,
        name,
      );
      if (expected === undefined) t.true(statSync(path).isDirectory());
    }
    t.deepEqual(
      descriptorsOf(process.pid).filter((path) => path.startsWith(folder.path)),
      [],
    );
  });
}

test('the root is there', (t) => {
  for (const followSymlinks of [true, false]) {
    t.is(
      refusal(() => createDirectory({ path: '/', followSymlinks, recursive: true })),
      undefined,
    );
    t.is(
      refusal(() => createDirectory({ path: '/', followSymlinks, recursive: false })),
      EXISTS,
    );
  }
});

test('what cannot be made is not made elsewhere: a link that leads nowhere stays so', (t) => {
  using folder = furnished();
  refusal(() => createDirectory({ path: folder.file('dangling/below'), followSymlinks: true, recursive: true }));
  t.false(existsSync(folder.file('nowhere')));
});

test('the mode is 0777 less the umask', (t) => {
  using folder = new TemporaryFolder();
  createDirectory({ path: folder.file('a/b'), followSymlinks: true, recursive: true });
  for (const name of ['a', 'a/b']) t.is(statSync(folder.file(name)).mode & 0o777, 0o777 & ~process.umask());
});

test('a path of a thousand names is made', (t) => {
  using folder = new TemporaryFolder();
  const path = folder.file('d/'.repeat(1000).slice(0, -1));
  createDirectory({ path, followSymlinks: true, recursive: true });
  t.true(statSync(path).isDirectory());
});

test('names need not be UTF-8', (t) => {
  using folder = new TemporaryFolder();
  for (const [byte, followSymlinks] of [
    [0xff, true],
    [0xfe, false],
  ] as const) {
    const path = Buffer.concat([Buffer.from(folder.file('n')), Buffer.of(byte), Buffer.from('/below')]);
    createDirectory({ path, followSymlinks, recursive: true });
    t.true(statSync(path).isDirectory());
  }
});

test('where nothing may be made, only what is there is success', (t) => {
  using folder = furnished();
  chmodSync(folder.path, 0o755);
  if (process.getuid?.() !== 0) chmodSync(folder.path, 0o555);
  const make = (name: string) =>
    outcomeUnprivileged('createDirectory', { path: folder.file(name), followSymlinks: true, recursive: true });
  t.deepEqual(make('directory'), {});
  t.deepEqual(make('new'), { fault: { code: -32600, message: 'Permission denied (os error 13)' } });
  chmodSync(folder.path, 0o755);
  t.false(readdirSync(folder.path).includes('new'));
});
