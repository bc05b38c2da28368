import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import test from 'ava';
import type { FileFault } from '#src/cli/copy/fault.js';
import { LocalSide } from '#src/cli/copy/local-side.js';
import type { Side } from '#src/cli/copy/side.js';
import { type FileJob, liesIn, listTree } from '#src/cli/copy/tree.js';
import type { FileUri } from '#src/protocol/ids.js';
import { fileUri } from '#src/protocol/path-uri.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const here = new LocalSide();

async function list(folder: TemporaryFolder, side: Side = here) {
  const found: FileJob[] = [];
  const faults: string[] = [];
  const root = { from: { uri: fileUri(folder.path), shown: 'src' }, to: { uri: fileUri('/there'), shown: 'dst' } };
  const { levels, files } = await listTree(
    side,
    root,
    { kind: 'folder' },
    {
      found: (file) => found.push(file),
      fault: ({ message }: FileFault) => faults.push(message),
    },
  );
  return {
    levels: levels.map((level) => level.map(({ to }) => to.uri.slice('file:///there'.length)).sort()),
    files: files.map(({ from, to, size }) => [from.shown, to.shown, to.uri, size]).sort(),
    faults: faults.sort(),
    found: found.length,
  };
}

test('folders come by level, empty ones too, and files with where they go and their size', async (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('a/b/c'), { recursive: true });
  mkdirSync(folder.file('empty'));
  folder.write('a/b/f', 'four');
  folder.write('.hidden', '');
  t.deepEqual(await list(folder), {
    levels: [[''], ['/a', '/empty'], ['/a/b'], ['/a/b/c']],
    files: [
      ['src/.hidden', 'dst/.hidden', 'file:///there/.hidden' as FileUri, 0],
      ['src/a/b/f', 'dst/a/b/f', 'file:///there/a/b/f' as FileUri, 4],
    ],
    faults: [],
    found: 2,
  });
});

test('links are followed; one that leads back ends there, wherever it comes from', async (t) => {
  using folder = new TemporaryFolder();
  using elsewhere = new TemporaryFolder();
  mkdirSync(folder.file('a/b'), { recursive: true });
  elsewhere.write('f', 'far');
  symlinkSync(elsewhere.path, folder.file('out'));
  symlinkSync(folder.path, elsewhere.file('back'));
  symlinkSync('..', folder.file('a/b/up'));
  symlinkSync('.', folder.file('self'));
  symlinkSync('a', folder.file('twin'));
  const { levels, files, faults } = await list(folder);
  t.deepEqual(levels, [[''], ['/a', '/out', '/twin'], ['/a/b', '/twin/b']]);
  t.deepEqual(
    files.map(([shown]) => shown),
    ['src/out/f'],
  );
  t.deepEqual(faults, [
    'src/a/b/up: leads back to src/a, and is skipped',
    'src/out/back: leads back to src, and is skipped',
    'src/self: leads back to src, and is skipped',
    'src/twin/b/up: leads back to src/twin, and is skipped',
  ]);
});

test('what cannot be copied is told, and the others go on', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('good', 'x');
  symlinkSync('nowhere', folder.file('dangling'));
  execFileSync('mkfifo', [folder.file('fifo')]);
  writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0xff])]), '');
  const { files, faults } = await list(folder);
  t.deepEqual(files, [
    ['src/\\xFF', 'dst/\\xFF', 'file:///there/%FF' as FileUri, 0],
    ['src/good', 'dst/good', 'file:///there/good' as FileUri, 1],
  ]);
  t.deepEqual(faults, [
    'src/dangling: No such file or directory',
    'src/fifo: is neither a file nor a folder, and is skipped',
  ]);
});

test('a folder that goes away meanwhile costs only what was in it', async (t) => {
  using folder = new TemporaryFolder();
  mkdirSync(folder.file('gone'));
  folder.write('stays', '');
  const side = new (class extends LocalSide {
    override async identity(uri: FileUri): Promise<FileUri> {
      const identity = await super.identity(uri);
      if (uri.endsWith('/gone')) rmSync(folder.file('gone'), { recursive: true });
      return identity;
    }
  })();
  const { files, faults } = await list(folder, side);
  t.deepEqual([files.length, faults], [1, ['src/gone: No such file or directory']]);
});

test('what is not about one file ends it all', async (t) => {
  using folder = new TemporaryFolder();
  const side = new (class extends LocalSide {
    override async list(): Promise<never> {
      throw new Error('the connection is gone');
    }
  })();
  await t.throwsAsync(list(folder, side), { message: 'the connection is gone' });
});

test('a path lies in a folder or is it, but not because its name begins like it', (t) => {
  const uri = (text: string) => text as FileUri;
  t.true(liesIn(uri('file:///a/b'), uri('file:///a')));
  t.true(liesIn(uri('file:///a'), uri('file:///a')));
  t.true(liesIn(uri('file:///a'), uri('file:///')));
  t.false(liesIn(uri('file:///ab'), uri('file:///a')));
});
