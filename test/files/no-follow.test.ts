import { lstatSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { HAS_DESCRIPTOR_PATHS } from '#src/files/descriptor-path.js';
import { withParentsLookedAt, withParentsOpen } from '#src/files/no-follow.js';
import { descriptorsOf } from '#test/support/procfs.js';
import { refusal } from '#test/support/refusal.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const WAYS = HAS_DESCRIPTOR_PATHS ? { withParentsOpen, withParentsLookedAt } : { withParentsLookedAt };
const nothing = () => {};

for (const [name, reach] of Object.entries(WAYS)) {
  test(`${name} leads to the last component, which may be anything, also a link`, (t) => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.file('a/b'), { recursive: true });
    folder.write('a/b/file', 'there');
    symlinkSync('file', folder.file('a/b/link'));
    t.is(
      reach(folder.file('a/b/file'), (path) => readFileSync(path as string, 'utf8'), nothing),
      'there',
    );
    t.true(reach(folder.file('a/b/link'), (path) => lstatSync(path as string), nothing).isSymbolicLink());
    t.is(
      reach('/', (path) => path, nothing),
      '/',
    );
  });

  test(`${name} refuses a link on the way, and leaves a missing parent missing`, (t) => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.file('a'));
    folder.write('a/file', '');
    symlinkSync('a', folder.file('link'));
    symlinkSync('nowhere', folder.file('dangling'));
    const look = (path: string) =>
      refusal(() => reach(folder.file(path), (entry) => lstatSync(entry as string), nothing));
    t.is(look('link/file'), '-32603 Not a directory (os error 20)');
    t.is(look('dangling/file'), '-32603 Not a directory (os error 20)');
    t.is(look('a/file/below'), '-32603 Not a directory (os error 20)');
    t.is(look('missing/file'), '-32004 No such file or directory (os error 2)');
    t.is(look('a/missing'), '-32004 No such file or directory (os error 2)');
  });

  test(`${name} calls before each parent is entered`, (t) => {
    using folder = new TemporaryFolder();
    reach(
      folder.file('made/below/file'),
      (path) => writeFileSync(path as string, 'x'),
      (parent) => {
        if (lstatSync(parent as string, { throwIfNoEntry: false }) === undefined) mkdirSync(parent as string);
      },
    );
    t.is(folder.read('made/below/file'), 'x');
  });

  test(`${name} leaves nothing open, however it ends`, (t) => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.file('a/b'), { recursive: true });
    symlinkSync('a', folder.file('link'));
    reach(folder.file('a/b/x'), nothing, nothing);
    t.throws(
      () =>
        reach(
          folder.file('a/b/x'),
          () => {
            throw new Error('act');
          },
          nothing,
        ),
      { message: 'act' },
    );
    t.throws(
      () =>
        reach(folder.file('a/b/x'), nothing, (parent) => {
          lstatSync(parent as string).isDirectory();
          throw new Error('enter');
        }),
      { message: 'enter' },
    );
    refusal(() => reach(folder.file('a/missing/x'), (path) => lstatSync(path as string), nothing));
    refusal(() => reach(folder.file('link/x'), nothing, nothing));
    if (process.platform === 'linux')
      t.deepEqual(
        descriptorsOf(process.pid).filter((path) => path.startsWith(folder.path)),
        [],
      );
    else t.pass();
  });
}

if (HAS_DESCRIPTOR_PATHS) {
  test('a link put in the place of an open parent leads nobody astray', (t) => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.file('parent'));
    mkdirSync(folder.file('elsewhere'));
    withParentsOpen(
      folder.file('parent/file'),
      (path) => {
        renameSync(folder.file('parent'), folder.file('moved'));
        symlinkSync('elsewhere', folder.file('parent'));
        writeFileSync(path as string, 'x');
      },
      nothing,
    );
    t.is(folder.read('moved/file'), 'x');
    t.is(lstatSync(folder.file('elsewhere/file'), { throwIfNoEntry: false }), undefined);
  });

  test('names may be any bytes', (t) => {
    using folder = new TemporaryFolder();
    const parent = Buffer.concat([Buffer.from(folder.file('p')), Buffer.of(0xff)]);
    mkdirSync(parent);
    const path = Buffer.concat([parent, Buffer.from('/'), Buffer.of(0xfe)]);
    withParentsOpen(path, (entry) => writeFileSync(entry as string, 'x'), nothing);
    t.is(readFileSync(path, 'utf8'), 'x');
  });
}
