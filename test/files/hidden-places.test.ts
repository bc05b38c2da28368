import { openSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { OWN_IN_SANDBOXES as hidden, openVisible } from '#src/files/hidden-places.js';
import { canonicalPath, metadataOf } from '#src/files/metadata.js';
import { smallFileText } from '#src/files/small-file.js';
import { fileUri } from '#src/protocol/path-uri.js';
import { descriptorsOf } from '#test/support/procfs.js';
import { refusal } from '#test/support/refusal.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { discoverRoot } from '#workers/capabilities/discover-root.js';
import { openFile } from '#workers/files/open-file.js';
import { directoryEntries } from '#workers/files/read-directory.js';
import { readFile } from '#workers/files/read-file.js';
import { walkTree } from '#workers/files/walk.js';

const DENIED = '-32600 Permission denied (os error 13)';
const LIMITS = {
  maxDepth: 2,
  maxDirectories: 10,
  maxEntries: 100,
  followDirectorySymlinks: true,
  pruneHiddenDirectories: false,
};

/** How each way of looking at a path is refused; undefined for those that are not. */
const looks = (path: string) => ({
  metadata: refusal(() => metadataOf({ path, followSymlinks: true, hidden })),
  canonical: refusal(() => canonicalPath(path, hidden)),
  small: refusal(() => smallFileText({ path, followSymlinks: true, hidden })),
  whole: refusal(() => readFile({ path, followSymlinks: true, hidden, limitBytes: 1 << 20 })),
  opened: refusal(() => openFile({ path, mode: 'read', hidden })),
});
const looksInto = (path: string) => ({
  listed: refusal(() => directoryEntries(path, hidden)),
  walked: refusal(() => walkTree(fileUri(path), LIMITS, hidden)),
  root: discoverRoot(fileUri(path), hidden).error?.replace(/^.*: /, '-32600 '),
});
const all = (names: object, verdict: string | undefined) =>
  Object.fromEntries(Object.keys(names).map((name) => [name, verdict]));

test('nothing of this process is seen, under whatever name', (t) => {
  using folder = new TemporaryFolder();
  symlinkSync('/proc/self/environ', folder.file('environ'));
  symlinkSync('/proc/self', folder.file('self'));
  for (const path of ['/proc/self/environ', folder.file('environ'), folder.file('self/environ')]) {
    const seen = looks(path);
    t.deepEqual(seen, all(seen, DENIED), path);
  }
  for (const path of ['/proc/self', folder.file('self'), '/dev/fd', '/dev/shm']) {
    const seen = looksInto(path);
    t.deepEqual(seen, all(seen, DENIED), path);
  }
});

test('other files are seen as ever, through links too', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'text');
  symlinkSync('file', folder.file('link'));
  symlinkSync('/proc/self/root', folder.file('root'));
  for (const path of [folder.file('file'), folder.file('link'), `${folder.file('root')}${folder.file('file')}`]) {
    const seen = looks(path);
    t.deepEqual(seen, all(seen, undefined), path);
    t.deepEqual(metadataOf({ path, followSymlinks: true, hidden }), metadataOf({ path, followSymlinks: true }));
    t.is(canonicalPath(path, hidden), canonicalPath(path));
  }
  const link = { path: folder.file('link'), followSymlinks: false, hidden };
  t.is(
    refusal(() => metadataOf(link)),
    '-32600 path contains a symbolic link',
  );
  t.deepEqual(directoryEntries(folder.path, hidden), directoryEntries(folder.path));
  t.is(
    refusal(() => metadataOf({ ...link, path: folder.file('none') })),
    '-32004 No such file or directory (os error 2)',
  );
});

test('a walk and a discovery pass by what is hidden further down, and say so', (t) => {
  using folder = new TemporaryFolder();
  symlinkSync('/proc/self', folder.file('self'));
  folder.write('file', 'text');
  const { entries, errors } = walkTree(fileUri(folder.path), LIMITS, hidden);
  t.deepEqual(
    entries.map(({ path }) => path).sort(),
    ['file', 'self'].map((name) => fileUri(folder.file(name))),
  );
  t.deepEqual(errors, [{ path: fileUri(folder.file('self')), message: 'Permission denied (os error 13)' }]);

  symlinkSync('/proc/self/environ', folder.file('.mcp.json'));
  t.false(JSON.stringify(discoverRoot(fileUri(folder.path), hidden)).includes('PATH='));
});

test('more can be hidden: a file by its name without links, a folder with all in it', (t) => {
  using folder = new TemporaryFolder();
  folder.write('token', 'secret');
  folder.write('tokens', 'no secret');
  symlinkSync('token', folder.file('link'));
  const see = (name: string) =>
    refusal(() => smallFileText({ path: folder.file(name), followSymlinks: true, hidden: [folder.file('token')] }));
  t.deepEqual(['token', 'link', 'tokens'].map(see), [DENIED, DENIED, undefined]);
  t.is(
    refusal(() => canonicalPath(folder.file('tokens'), [folder.path])),
    DENIED,
  );
});

test('a file that is replaced while it is judged is opened again, and given up when that never ends', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'text');
  const replaced = (times: number) => {
    let left = times;
    return () => {
      const fd = openSync(folder.file('file'), 'r');
      if (left-- > 0) {
        writeFileSync(folder.file('new'), 'new');
        renameSync(folder.file('new'), folder.file('file'));
      }
      return fd;
    };
  };
  t.is(
    refusal(() => openVisible(replaced(2), hidden)),
    undefined,
  );
  t.is(
    refusal(() => openVisible(replaced(9), hidden)),
    DENIED,
  );
  // What was removed meanwhile is on no disk any more.
  const removed = () => {
    const fd = openSync(folder.file('file'), 'r');
    rmSync(folder.file('file'));
    return fd;
  };
  t.is(
    refusal(() => openVisible(removed, hidden)),
    '-32004 No such file or directory (os error 2)',
  );
  // The one that was seen.
  t.is(descriptorsOf(process.pid).filter((target) => target.startsWith(folder.path)).length, 1);
});
