/** Places where nothing may come into being, whatever leads there. */
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { HAS_DESCRIPTOR_PATHS } from '#src/files/descriptor-path.js';
import type { RpcError } from '#src/protocol/errors.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { copy } from '#workers/files/copy.js';
import { createDirectory } from '#workers/files/create-directory.js';
import { faultOf } from '#workers/files/fault.js';
import { openFile } from '#workers/files/open-file.js';
import { remove } from '#workers/files/remove.js';
import { atTarget } from '#workers/files/target-place.js';
import { Withheld } from '#workers/files/withheld.js';
import { writeFile } from '#workers/files/write-file.js';

const test = HAS_DESCRIPTOR_PATHS ? anyTest : (anyTest.skip as unknown as TestFn);

const bytes = Buffer.from('gitdir: elsewhere');
const gone = new Int32Array(new SharedArrayBuffer(4));

/** A folder where `.git`, `secret` and `a/b` are withheld. */
function scene(t: ExecutionContext) {
  const folder = new TemporaryFolder();
  t.teardown(() => folder[Symbol.dispose]());
  mkdirSync(folder.file('a'));
  mkdirSync(folder.file('tree/.git'), { recursive: true });
  folder.write('tree/plain', 'text');
  folder.write('f', 'text');
  const withheld = new Withheld(['.git', 'secret', 'a/b'].map((name) => folder.file(name)));
  const told = (work: (withheld: Withheld | undefined) => unknown, its: Withheld | undefined = withheld) => {
    try {
      work(its);
      return 'done';
    } catch (error) {
      return faultOf(error as RpcError).message;
    }
  };
  const at = (name: string, followSymlinks = true) => ({ path: folder.file(name), followSymlinks });
  /** Whatever makes or changes something there. */
  const making = (name: string): Record<string, (its: Withheld | undefined) => unknown> => ({
    writeFile: (its) => writeFile({ ...at(name), bytes }, its),
    openFile: (its) => openFile({ path: folder.file(name), mode: 'replace' }, its),
    createDirectory: (its) => createDirectory({ ...at(name), recursive: false }, its),
    createDirectories: (its) => createDirectory({ ...at(name), recursive: true }, its),
    copyFile: (its) => copy({ source: folder.file('f'), destination: folder.file(name), recursive: false, gone }, its),
    copyTree: (its) =>
      copy({ source: folder.file('tree'), destination: folder.file(name), recursive: true, gone }, its),
  });
  return { folder, withheld, told, at, making };
}

const EROFS = 'Read-only file system (os error 30)';
const EBUSY = 'Resource busy (os error 16)';
const ENOENT = 'No such file or directory (os error 2)';

test('nothing is made at such a place or below it, by its name or by links', (t) => {
  const { folder, told, making } = scene(t);
  symlinkSync('.git', folder.file('dangling'));
  symlinkSync('dangling', folder.file('twice'));
  symlinkSync(`${folder.path}/tree/.././.git`, folder.file('around'));
  symlinkSync('.', folder.file('here'));
  symlinkSync('../.git/', folder.file('a/slash'));
  const names = ['.git', '.git/x', '.git/x/y', 'secret', 'secret/x', 'a/b', 'a/b/c', 'here/.git', 'here/here/a/b'];
  const through = ['dangling/x', 'twice/x/y', 'around/x', 'a/slash/x', 'here/dangling/x'];
  for (const name of names) {
    for (const [method, work] of Object.entries(making(name))) t.is(told(work), EROFS, `${method} ${name}`);
  }
  // Of what is made on the way, the first is to stand where the link is.
  const onTheWay = ['createDirectories', 'copyTree'];
  for (const name of through) {
    for (const [method, work] of Object.entries(making(name))) {
      t.is(told(work), onTheWay.includes(method) ? 'File exists (os error 17)' : EROFS, `${method} ${name}`);
    }
  }
  for (const name of ['dangling', 'twice', 'around', 'a/slash', 'here/dangling']) {
    for (const method of ['writeFile', 'openFile', 'copyFile'])
      t.is(told(making(name)[method]!), EROFS, `${method} ${name}`);
  }
  t.deepEqual(readdirSync(folder.path).sort(), ['a', 'around', 'dangling', 'f', 'here', 'tree', 'twice']);
  t.deepEqual(readdirSync(folder.file('a')), ['slash']);
});

test('nothing is made in what another sandbox has put there, and it is not removed', (t) => {
  const { folder, told, making, at } = scene(t);
  mkdirSync(folder.file('.git'));
  folder.write('secret', '');
  symlinkSync('.git', folder.file('link'));
  for (const name of ['.git', '.git/x', '.git/x/y', 'secret', 'link/x']) {
    for (const [method, work] of Object.entries(making(name))) t.is(told(work), EROFS, `${method} ${name}`);
  }
  for (const name of ['.git', 'secret']) {
    for (const recursive of [true, false]) {
      t.is(
        told((its) => remove({ ...at(name), recursive, force: true }, its)),
        EBUSY,
        name,
      );
    }
    t.is(
      told((its) => remove({ ...at(name, false), recursive: false, force: true }, its)),
      EBUSY,
      name,
    );
  }
  t.is(
    told((its) => remove({ path: folder.path, followSymlinks: true, recursive: true, force: true }, its)),
    EBUSY,
  );
  t.deepEqual([readdirSync(folder.file('.git')), folder.read('secret')], [[], '']);
});

test('what is not there can be removed, and is not', (t) => {
  const { told, at, folder } = scene(t);
  for (const name of ['.git', '.git/x', 'secret']) {
    t.is(
      told((its) => remove({ ...at(name), recursive: true, force: true }, its)),
      'done',
    );
    t.is(
      told((its) => remove({ ...at(name), recursive: true, force: false }, its)),
      ENOENT,
    );
  }
  t.is(
    told((its) => remove({ path: folder.path, followSymlinks: true, recursive: true, force: true }, its)),
    'done',
  );
  t.false(existsSync(folder.path));
});

test('without links the same', (t) => {
  const { folder, told, at } = scene(t);
  for (const name of ['.git', '.git/x', 'a/b/c']) {
    t.is(
      told((its) => writeFile({ ...at(name, false), bytes }, its)),
      EROFS,
    );
    t.is(
      told((its) => createDirectory({ ...at(name, false), recursive: true }, its)),
      EROFS,
    );
    t.is(
      told((its) => createDirectory({ ...at(name, false), recursive: false }, its)),
      EROFS,
    );
  }
  symlinkSync('.git', folder.file('link'));
  t.is(
    told((its) => writeFile({ ...at('link', false), bytes }, its)),
    'Symbolic link loop (os error 40)',
  );
  t.is(
    told((its) => writeFile({ ...at('new', false), bytes }, its)),
    'done',
  );
});

test('a tree is copied as far as it meets no such place', (t) => {
  const { folder, told } = scene(t);
  const copyTo = (name: string) =>
    told((its) => copy({ source: folder.file('tree'), destination: folder.file(name), recursive: true, gone }, its));
  t.is(copyTo(''), EROFS);
  t.false(existsSync(folder.file('.git')));
  // Elsewhere it is a name like others.
  t.is(copyTo('new'), 'done');
  t.deepEqual(readdirSync(folder.file('new')).sort(), ['.git', 'plain']);
  rmSync(folder.file('tree/.git'), { recursive: true });
  symlinkSync('elsewhere', folder.file('tree/.git'));
  t.is(copyTo(''), EROFS);
  t.is(
    told((its) =>
      copy({ source: folder.file('tree/.git'), destination: folder.file('.git'), recursive: true, gone }, its),
    ),
    EROFS,
  );
  folder.write('tree/secret', 'text');
  t.is(copyTo('/'), EROFS);
  t.deepEqual(readdirSync(folder.path).sort(), ['a', 'f', 'new', 'plain', 'tree']);
});

test('all else is answered as if nothing were withheld', (t) => {
  /** What becomes of the same tree. */
  const round = (isGuarded: boolean): unknown[] => {
    const { folder, told, making, at, withheld } = scene(t);
    const its = isGuarded ? withheld : undefined;
    const run = (work: (its: Withheld | undefined) => unknown) => {
      try {
        work(its);
        return 'done';
      } catch (error) {
        return faultOf(error as RpcError).message.replaceAll(folder.path, '');
      }
    };
    void told;
    symlinkSync('made', folder.file('dangling'));
    symlinkSync('../f', folder.file('a/up'));
    symlinkSync('tree', folder.file('dir'));
    symlinkSync('loop', folder.file('loop'));
    symlinkSync('/dev/null', folder.file('null'));
    symlinkSync('none/x', folder.file('nowhere'));
    symlinkSync('f/', folder.file('slash'));
    writeFileSync(folder.file('closed'), 'text', { mode: 0o640 });
    chmodSync(folder.file('closed'), 0o600);
    const names = [
      'f',
      'new',
      'dangling',
      'a/up',
      'dir',
      'dir/x',
      'loop',
      'loop/x',
      'null',
      'nowhere',
      'slash',
      'f/x',
      'closed',
    ];
    const answers = [...names, 'none/x', 'a', '../f', 'x'.repeat(300)].flatMap((name) => [
      ...Object.entries(making(name)).map(([method, work]) => `${name} ${method}: ${run(work)}`),
      ...[true, false].flatMap((follow) => [
        `${name} ${follow}: ${run((its) => writeFile({ ...at(name, follow), bytes }, its))}`,
        `${name} ${follow}: ${run((its) => createDirectory({ ...at(name, follow), recursive: true }, its))}`,
        `${name} ${follow}: ${run((its) => remove({ ...at(name, follow), recursive: false, force: false }, its))}`,
      ]),
      `${name}: ${run((its) => remove({ ...at(name), recursive: true, force: true }, its))}`,
    ]);
    const left = readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).sort();
    return [...answers, ...left.map((name) => `${name} ${lstatSync(folder.file(name)).mode}`)];
  };
  t.deepEqual(round(true), round(false));
});

test('what is done in place stays in place', (t) => {
  const { folder, told, at } = scene(t);
  chmodSync(folder.file('f'), 0o640);
  const { ino } = statSync(folder.file('f'));
  symlinkSync('f', folder.file('link'));
  t.is(
    told((its) => writeFile({ ...at('link'), bytes }, its)),
    'done',
  );
  const after = statSync(folder.file('f'));
  t.deepEqual([after.ino, after.mode & 0o777, folder.read('f')], [ino, 0o640, bytes.toString()]);
});

test('a link that comes between the look and the deed is not followed, and one that always does is refused', (t) => {
  const { folder, withheld, at } = scene(t);
  let times = 0;
  const plant = () => {
    times++;
    rmSync(folder.file('f'), { force: true });
    symlinkSync('.git', folder.file('f'));
  };
  const swapped = () =>
    atTarget(at('f'), withheld, (path, follows) => {
      plant();
      try {
        return openFile({ path, mode: 'replace' }, follows ? undefined : withheld);
      } finally {
        rmSync(folder.file('f'));
        folder.write('f', 'text');
      }
    });
  t.throws(swapped, { message: EROFS });
  t.is(times, 1);
  const always = () =>
    atTarget(at('f'), withheld, () => {
      times++;
      throw Object.assign(new Error('a link'), { code: 'ELOOP' });
    });
  t.throws(always, { message: 'Permission denied (os error 13)' });
  t.is(times, 4);
});

test('a directory that is moved is judged by where it is', (t) => {
  const { folder, told, at } = scene(t);
  renameSync(folder.file('a'), folder.file('c'));
  mkdirSync(folder.file('a'));
  symlinkSync('a', folder.file('d'));
  t.is(
    told((its) => writeFile({ ...at('d/b'), bytes }, its)),
    EROFS,
  );
  t.is(
    told((its) => writeFile({ ...at('c/b'), bytes }, its)),
    'done',
  );
});

test('without paths that begin at a descriptor nothing is judged', (t) => {
  const { folder, withheld } = scene(t);
  for (const path of [folder.file('new'), `${folder.path}/proc/self/fd/1/new`]) {
    t.throws(() => withheld.refuseMaking(path), { message: /^sandbox unavailable/ });
    t.throws(() => withheld.refuseRemoval(path), { message: /^sandbox unavailable/ });
  }
});

test('the memory of the program that sees to it is no file to be written', (t) => {
  const { folder, told } = scene(t);
  symlinkSync('/proc/self/mem', folder.file('to-mem'));
  symlinkSync('/proc/thread-self', folder.file('to-self'));
  for (const path of ['/proc/self/mem', folder.file('to-mem'), folder.file('to-self/mem')]) {
    const open = (its: Withheld | undefined) => closeSync(openFile({ path, mode: 'replace' }, its).fd);
    t.is(told(open), 'Read-only file system (os error 30)');
    t.is(
      told(() => open(undefined)),
      'done',
    );
  }
});
