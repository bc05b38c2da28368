import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { withPatchedFs } from '#test/support/patched-fs.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { overwrite } from '#workers/files/overwrite.js';

test('whatever a file held and whatever it is to hold, it holds that afterwards', (t) => {
  using folder = new TemporaryFolder();
  const path = folder.file('file');
  const contents = fc.uint8Array({ maxLength: 5000 });
  fc.assert(
    fc.property(contents, contents, fc.boolean(), (old, bytes, mayRead) => {
      writeFileSync(path, old);
      const fd = openSync(path, 'r+');
      overwrite(fd, bytes, mayRead);
      closeSync(fd);
      t.true(readFileSync(path).equals(bytes));
    }),
  );
});

test('what cannot be written leaves the file as it was', (t) => {
  using folder = new TemporaryFolder();
  const path = folder.file('file');
  writeFileSync(path, 'old');
  const fd = openSync(path, 'r');
  t.throws(() => overwrite(fd, Buffer.from('longer'), true), { code: 'EBADF' });
  t.throws(() => overwrite(fd, Buffer.from('new'), true), { code: 'EBADF' });
  t.throws(() => overwrite(fd, Buffer.alloc(0), true));
  closeSync(fd);
  t.is(readFileSync(path, 'utf8'), 'old');
});

test('a hole is written like anything else', (t) => {
  using folder = new TemporaryFolder();
  const fd = openSync(folder.file('file'), 'w+');
  ftruncateSync(fd, 10_000);
  overwrite(fd, Buffer.alloc(9_000, 'x'), true);
  closeSync(fd);
  t.is(folder.read('file'), 'x'.repeat(9_000));
});

test('what the system takes in parts is written whole', (t) => {
  using folder = new TemporaryFolder();
  folder.write('file', 'x'.repeat(50));
  const bytes = Buffer.from('0123456789'.repeat(10));
  const inParts =
    (writeSync: (...args: unknown[]) => number) =>
    (fd: number, from: Buffer, offset: number, length: number, at: number) =>
      writeSync(fd, from, offset, Math.min(length, 7), at);
  withPatchedFs('writeSync', inParts as never, () => {
    const fd = openSync(folder.file('file'), 'r+');
    overwrite(fd, bytes, true);
    closeSync(fd);
  });
  t.is(folder.read('file'), bytes.toString());
});

test('a write that fails half way is taken back', (t) => {
  using folder = new TemporaryFolder();
  const old = 'old '.repeat(10);
  folder.write('file', old);
  for (const bytes of [Buffer.alloc(20, 'x'), Buffer.alloc(40, 'x'), Buffer.alloc(60, 'x')]) {
    for (let takes = 0; takes * 7 < bytes.length; takes++) {
      let left = takes;
      const failing =
        (writeSync: (...args: unknown[]) => number) =>
        (fd: number, from: Buffer, offset: number, length: number, at: number) => {
          // What is put back is written in one piece again.
          if (left < 0) return writeSync(fd, from, offset, length, at);
          if (left-- === 0) throw Object.assign(new Error('no more'), { code: 'EIO' });
          return writeSync(fd, from, offset, Math.min(length, 7), at);
        };
      const fd = openSync(folder.file('file'), 'r+');
      t.throws(() => withPatchedFs('writeSync', failing as never, () => overwrite(fd, bytes, true)), {
        message: 'no more',
      });
      closeSync(fd);
      t.is(folder.read('file'), old);
    }
  }
});
