import { closeSync, mkdirSync, readlinkSync, rmdirSync, symlinkSync } from 'node:fs';
import test from 'ava';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { openForBind } from '#workers/sandbox/open-for-bind.js';

test('directories and files are opened in their order', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', '');
  const opened = openForBind([
    { path: folder.path, object: 'directory' },
    { path: folder.file('file'), object: 'file' },
  ]) as number[];
  t.deepEqual(
    opened.map((descriptor) => readlinkSync(`/proc/self/fd/${descriptor}`)),
    [folder.path, folder.file('file')],
  );
  for (const descriptor of opened) closeSync(descriptor);
});

test('what is not what the plan saw is a change', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', '');
  mkdirSync(folder.file('real'));
  mkdirSync(folder.file('real/deep'));
  symlinkSync('real', folder.file('link'));
  symlinkSync('file', folder.file('file link'));
  const is = (name: string, object: 'directory' | 'file') => openForBind([{ path: folder.file(name), object }]);
  t.is(is('gone', 'file'), 'changed');
  t.is(is('file', 'directory'), 'changed');
  t.is(is('file/below', 'file'), 'changed');
  t.is(is('link', 'directory'), 'changed');
  t.is(is('file link', 'file'), 'changed');
  t.is(is('link/deep', 'directory'), 'changed', 'a link on the way');
  rmdirSync(folder.file('real/deep'));
});
