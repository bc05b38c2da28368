import { symlinkSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { plant, type Tree } from '#test/workers/files/support/tree.js';
import { findCheckout } from '#workers/config/git-checkout.js';

/** A main checkout and a linked worktree, as git makes them; members of `entry` are changed or, with undefined, left out. */
function plantWorktree(folder: TemporaryFolder, entry: Readonly<Record<string, string | undefined>> = {}): void {
  const files = { HEAD: 'ref: x\n', commondir: '../..\n', gitdir: `${folder.file('worktree/.git')}\n`, ...entry };
  const kept = Object.fromEntries(Object.entries(files).filter(([, text]) => text !== undefined)) as Tree;
  plant(folder.path, {
    main: { '.git': { HEAD: 'ref: x\n', worktrees: { worktree: kept } } },
    worktree: { '.git': `gitdir: ${folder.file('main/.git/worktrees/worktree')}\n`, sub: {} },
  });
}

/** Names of the folders, below the temporary one. */
function found(folder: TemporaryFolder, ...names: readonly string[]) {
  const checkout = findCheckout(names.map((name) => folder.file(name)));
  const name = (path: string | undefined) => path?.slice(folder.path.length + 1);
  return checkout && { root: name(checkout.root), mainRoot: name(checkout.mainRoot) };
}

test('the nearest folder with a repository is the top of the checkout', (t) => {
  using folder = new TemporaryFolder();
  plant(folder.path, { a: { '.git': { HEAD: '' }, b: { '.git': {}, c: {} } } });
  t.deepEqual(found(folder, 'a/b/c', 'a/b', 'a'), { root: 'a', mainRoot: 'a' });
});

test('a worktree leads to the main checkout', (t) => {
  using folder = new TemporaryFolder();
  plantWorktree(folder);
  t.deepEqual(found(folder, 'worktree/sub', 'worktree'), { root: 'worktree', mainRoot: 'main' });
});

test('pointers may be relative', (t) => {
  using folder = new TemporaryFolder();
  plantWorktree(folder, { gitdir: '../../../../worktree/.git\n' });
  writeFileSync(folder.file('worktree/.git'), 'gitdir: ../main/.git/worktrees/worktree\n');
  t.is(found(folder, 'worktree')?.mainRoot, 'main');
});

const FORGED: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  'points back nowhere': { gitdir: undefined },
  'points back elsewhere': { gitdir: '/elsewhere/.git\n' },
  'belongs to no repository': { commondir: undefined },
  'belongs to another repository': { commondir: '..\n' },
};
for (const [name, entry] of Object.entries(FORGED)) {
  test(`a worktree whose entry ${name} has no main checkout`, (t) => {
    using folder = new TemporaryFolder();
    plantWorktree(folder, entry);
    t.deepEqual(found(folder, 'worktree'), { root: 'worktree', mainRoot: undefined });
  });
}

test('a folder does not become a worktree of a repository by pointing there', (t) => {
  using folder = new TemporaryFolder();
  plantWorktree(folder);
  const entry = folder.file('main/.git/worktrees/worktree');
  plant(folder.path, {
    forged: { '.git': `gitdir: ${entry}\n` },
    main2: { '.git': `gitdir: ${folder.file('main/.git')}\n` },
    linked: {},
    empty: { '.git': '' },
  });
  symlinkSync(folder.file('worktree/.git'), folder.file('linked/.git'));
  for (const name of ['forged', 'main2', 'linked', 'empty']) {
    t.deepEqual(found(folder, name), { root: name, mainRoot: undefined }, name);
  }
  // Not even when the entry names the link that leads to the worktree's own pointer.
  writeFileSync(`${entry}/gitdir`, `${folder.file('linked/.git')}\n`);
  t.is(found(folder, 'worktree')?.mainRoot, undefined);
  t.is(found(folder, 'linked')?.mainRoot, undefined);
});
