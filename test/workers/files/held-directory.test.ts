import { mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import test from 'ava';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { HeldDirectory } from '#workers/files/held-directory.js';
import { plant } from './support/tree.js';

for (const byDescriptor of [true, false]) {
  const how = byDescriptor ? 'by its descriptor' : 'by its path';

  test(`entries are reached through a directory that is held ${how}`, (t) => {
    using folder = new TemporaryFolder();
    plant(folder.path, { directory: { file: 'text' } });
    using held = new HeldDirectory(folder.file('directory'), byDescriptor);
    t.is(readFileSync(held.entry('file'), 'utf8'), 'text');
  });

  test(`only directories are held ${how}, and no links to them`, (t) => {
    using folder = new TemporaryFolder();
    plant(folder.path, { directory: {}, file: '', link: '->directory' });
    t.throws(() => new HeldDirectory(folder.file('link'), byDescriptor));
    t.throws(() => new HeldDirectory(folder.file('file'), byDescriptor));
    t.throws(() => new HeldDirectory(folder.file('nothing'), byDescriptor), { code: 'ENOENT' });
    using through = new HeldDirectory(`${folder.file('link')}/.`, byDescriptor);
    using direct = new HeldDirectory(folder.file('directory'), byDescriptor);
    t.is(through.identity, direct.identity);
  });

  test(`two directories that are held ${how} differ`, (t) => {
    using folder = new TemporaryFolder();
    plant(folder.path, { a: {}, b: {} });
    using a = new HeldDirectory(folder.file('a'), byDescriptor);
    using b = new HeldDirectory(folder.file('b'), byDescriptor);
    t.not(a.identity, b.identity);
  });
}

test('nobody can put another directory in the place of one that is held by its descriptor', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { directory: { file: 'right' }, other: { file: 'wrong' } });
  using held = new HeldDirectory(folder.file('directory'));
  renameSync(folder.file('directory'), folder.file('moved'));
  symlinkSync('other', folder.file('directory'));
  t.is(readFileSync(held.entry('file'), 'utf8'), 'right');
  mkdirSync(held.entry('new'));
  t.notThrows(() => renameSync(folder.file('moved/new'), folder.file('new')));
});
