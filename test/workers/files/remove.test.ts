import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import test from 'ava';
import { HAS_DESCRIPTOR_PATHS } from '#src/files/descriptor-path.js';
import { outcomeAmongMounts, outcomeUnprivileged } from '#test/support/operation-elsewhere.js';
import { withPatchedFs } from '#test/support/patched-fs.js';
import { descriptorsOf } from '#test/support/procfs.js';
import { refusal } from '#test/support/refusal.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { HeldDirectory } from '#workers/files/held-directory.js';
import { remove } from '#workers/files/remove.js';

const NOT_FOUND = '-32004 No such file or directory (os error 2)';
const NO_DIRECTORY = '-32603 Not a directory (os error 20)';
const NOT_EMPTY = '-32603 Directory not empty (os error 39)';
const BUSY = { fault: { code: -32603, message: 'Resource busy (os error 16)' } };
const DENIED = { fault: { code: -32600, message: 'Permission denied (os error 13)' } };

const defaults = { followSymlinks: true, recursive: true, force: true };
const removed = (path: string | Buffer, options: Partial<typeof defaults> = {}) =>
  refusal(() => remove({ path, ...defaults, ...options }));

test('a file, a FIFO and a link are removed, of a link nothing else', (t) => {
  using folder = new TemporaryFolder();
  for (const options of [{}, { recursive: false, force: false }]) {
    mkdirSync(folder.file('directory'), { recursive: true });
    folder.write('directory/kept', '');
    folder.write('file', '');
    spawnSync('mkfifo', [folder.file('fifo')]);
    symlinkSync('directory', folder.file('link'));
    symlinkSync('nowhere', folder.file('dangling'));
    for (const name of ['file', 'fifo', 'link', 'dangling']) t.is(removed(folder.file(name), options), undefined, name);
    t.deepEqual(readdirSync(folder.path), ['directory']);
    t.true(existsSync(folder.file('directory/kept')));
  }
});

test('that nothing is there is an error only without force', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', '');
  symlinkSync('nowhere', folder.file('dangling'));
  for (const name of ['missing', 'missing/below', 'dangling/below']) {
    for (const recursive of [true, false]) {
      t.is(removed(folder.file(name), { recursive }), undefined, name);
      t.is(removed(folder.file(name), { recursive, force: false }), NOT_FOUND, name);
    }
  }
  t.is(removed(folder.file('file/below')), NO_DIRECTORY);
});

test('a directory that is not empty is removed only recursively', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('full'));
  folder.write('full/file', '');
  mkdirSync(folder.file('empty'));
  t.is(removed(folder.file('empty'), { recursive: false }), undefined);
  t.is(removed(folder.file('full'), { recursive: false }), NOT_EMPTY);
  t.is(removed(folder.file('full')), undefined);
  t.deepEqual(readdirSync(folder.path), []);
});

test('a tree is removed with whatever is in it, and what its links lead to stays', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('kept'));
  folder.write('kept/file', '');
  mkdirSync(folder.file('tree/a/b'), { recursive: true });
  mkdirSync(Buffer.concat([Buffer.from(folder.file('tree/a/n')), Buffer.of(0xff)]));
  writeFileSync(Buffer.concat([Buffer.from(folder.file('tree/a/n')), Buffer.of(0xff), Buffer.from('/x')]), '');
  linkSync(folder.file('kept/file'), folder.file('tree/again'));
  symlinkSync('../kept', folder.file('tree/link'));
  symlinkSync('../../../kept', folder.file('tree/a/b/link'));
  symlinkSync('..', folder.file('tree/a/up'));
  spawnSync('mkfifo', [folder.file('tree/fifo')]);
  t.is(removed(folder.file('tree')), undefined);
  t.deepEqual(readdirSync(folder.path), ['kept']);
  t.deepEqual(readdirSync(folder.file('kept')), ['file']);
});

test('a directory with more entries than are looked at at once is removed', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('tree'));
  for (let n = 0; n < 2100; n++) {
    folder.write(`tree/file ${n}`, '');
    mkdirSync(folder.file(`tree/${n}`));
  }
  for (let n = 0; n < 2100; n += 100) folder.write(`tree/${n}/file`, '');
  t.is(removed(folder.file('tree')), undefined);
  t.deepEqual(readdirSync(folder.path), []);
});

if (HAS_DESCRIPTOR_PATHS) {
  test('a tree of ten thousand levels, longer than any path, is removed with few descriptors', (t) => {
    using folder = new TemporaryFolder();
    let directory = new HeldDirectory(folder.path);
    for (let depth = 0; depth < 10_000; depth++) {
      const below = directory.entry('d');
      mkdirSync(below);
      const next = new HeldDirectory(below);
      if (depth % 1000 === 0) writeFileSync(directory.entry('file'), '');
      directory[Symbol.dispose]();
      directory = next;
    }
    directory[Symbol.dispose]();
    t.is(removed(folder.file('d')), undefined);
    t.deepEqual(readdirSync(folder.path), ['file']);
    t.deepEqual(
      descriptorsOf(process.pid).filter((path) => path.startsWith(folder.path)),
      [],
    );
  });
}

/** Removes, and has something happen right after a directory has been tried to be removed, for each of them. */
function removedWhile(path: string, happen: (triedPath: string) => void): string | undefined {
  const patch = (rmdirSync: (path: string) => void) => (triedPath: string) => {
    try {
      rmdirSync(triedPath);
    } finally {
      happen(String(triedPath));
    }
  };
  return withPatchedFs('rmdirSync', patch, () => removed(path));
}

test('a link put in the place of a directory meanwhile is not followed', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('kept'));
  folder.write('kept/file', '');
  mkdirSync(folder.file('tree/a'), { recursive: true });
  folder.write('tree/a/file', '');
  const answer = removedWhile(folder.file('tree'), (path) => {
    if (!path.endsWith('/a') || !existsSync(folder.file('tree/a/file'))) return;
    renameSync(folder.file('tree/a'), folder.file('aside'));
    symlinkSync('../kept', folder.file('tree/a'));
  });
  t.is(answer, NO_DIRECTORY);
  t.deepEqual(readdirSync(folder.path), ['aside', 'kept', 'tree']);
  t.deepEqual(readdirSync(folder.file('kept')), ['file']);
});

test('what somebody else removes meanwhile need not be removed', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('tree/a/b'), { recursive: true });
  folder.write('tree/a/b/file', '');
  const answer = removedWhile(folder.file('tree'), () => rmSync(folder.file('tree'), { recursive: true, force: true }));
  t.is(answer, undefined);
  t.deepEqual(readdirSync(folder.path), []);
});

if (HAS_DESCRIPTOR_PATHS) {
  test('a directory that is moved away meanwhile does not lead the removal astray', (t) => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.file(`tree/${'d/'.repeat(100)}`), { recursive: true });
    folder.write('kept', '');
    let moved = false;
    const answer = removedWhile(folder.file('tree'), () => {
      if (moved || existsSync(folder.file(`tree/${'d/'.repeat(100)}`))) return;
      moved = true;
      renameSync(folder.file('tree/d/d/d'), folder.file('moved'));
    });
    t.deepEqual(answer, `${BUSY.fault.code} ${BUSY.fault.message}`);
    t.deepEqual(readdirSync(folder.path), ['kept', 'moved', 'tree']);
    t.deepEqual(
      descriptorsOf(process.pid).filter((path) => path.startsWith(folder.path)),
      [],
    );
  });
}

test('without following links, only what is no link and not in one is removed, one at a time', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('directory'));
  folder.write('directory/file', '');
  symlinkSync('directory', folder.file('link'));
  symlinkSync('nowhere', folder.file('dangling'));
  const one = (name: string, force = true) =>
    removed(folder.file(name), { followSymlinks: false, recursive: false, force });
  t.is(one('link'), '-32600 path contains a symbolic link');
  t.is(one('dangling'), '-32600 path contains a symbolic link');
  t.is(one('link/file'), NO_DIRECTORY);
  t.is(one('directory/file/below'), NO_DIRECTORY);
  t.is(one('directory'), NOT_EMPTY);
  for (const name of ['missing', 'missing/below']) {
    t.is(one(name), undefined);
    t.is(one(name, false), NOT_FOUND);
  }
  t.is(
    removed(folder.file('directory'), { followSymlinks: false }),
    '-32603 recursive no-follow removal is unsupported',
  );
  t.is(one('directory/file'), undefined);
  t.is(one('directory'), undefined);
  t.true(lstatSync(folder.file('link')).isSymbolicLink());
});

test('what may not be removed stays, whatever force says', (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('closed/below'), { recursive: true });
  folder.write('closed/below/file', '');
  chmodSync(folder.path, 0o755);
  chmodSync(folder.file('closed/below'), 0o555);
  t.deepEqual(outcomeUnprivileged('remove', { path: folder.file('closed'), ...defaults }), DENIED);
  t.true(existsSync(folder.file('closed/below/file')));
  chmodSync(folder.file('closed/below'), 0o755);
});

test('the root is not removed', (t) => {
  // Not recursively, and by somebody who could do no harm if it were.
  t.deepEqual(outcomeUnprivileged('remove', { path: '/', ...defaults, recursive: false }), BUSY);
});

for (const { title, path, before, after, said } of [
  {
    title: 'a mount point is not removed, and keeps what is on it',
    path: 'm',
    before: 'mkdir "$1/m"; mount -t tmpfs tmpfs "$1/m"; touch "$1/m/kept"',
    after: 'ls "$1/m"',
    said: 'kept\n',
  },
  {
    title: 'a mount point in a tree keeps what is on it',
    path: 'tree',
    before: 'mkdir -p "$1/tree/a/m"; mount -t tmpfs tmpfs "$1/tree/a/m"; touch "$1/tree/a/m/kept" "$1/tree/file"',
    after: 'ls "$1/tree" "$1/tree/a/m"',
    said: '/tree:\na\n\n/tree/a/m:\nkept\n',
  },
  {
    title: 'a directory that is mounted a second time in a tree keeps what is in it',
    path: 'tree',
    before: 'mkdir -p "$1/tree/m" "$1/elsewhere"; touch "$1/elsewhere/kept"; mount --bind "$1/elsewhere" "$1/tree/m"',
    after: 'ls "$1/elsewhere"',
    said: 'kept\n',
  },
]) {
  test(title, (t) => {
    using folder = new TemporaryFolder();
    const task = { path: folder.file(path), ...defaults };
    const end = outcomeAmongMounts('remove', task, { folder: folder.path, before, after });
    if (end === undefined) {
      t.log('this machine lets us mount nothing');
      t.pass();
      return;
    }
    t.deepEqual({ ...end, said: end.said.replaceAll(folder.path, '') }, { outcome: BUSY, said } as never);
  });
}
