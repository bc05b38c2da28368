import { closeSync, ftruncateSync, openSync } from 'node:fs';
import test from 'ava';
import { withPatchedFs } from '#test/support/patched-fs.js';
import { refusal } from '#test/support/refusal.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { writeBlock } from '#workers/files/write-block.js';

function opened(flags: string, text = '') {
  const folder = new TemporaryFolder();
  folder.write('file', text);
  const fd = openSync(folder.file('file'), flags);
  const dispose = () => {
    closeSync(fd);
    folder[Symbol.dispose]();
  };
  return { fd, read: () => folder.read('file'), [Symbol.dispose]: dispose };
}

test('bytes go where they belong: over others, behind the end, into a hole', (t) => {
  using file = opened('w');
  writeBlock({ fd: file.fd, offset: 2, bytes: Buffer.from('cd') });
  writeBlock({ fd: file.fd, offset: 6, bytes: Buffer.from('gh') });
  writeBlock({ fd: file.fd, offset: 3, bytes: Buffer.from('D') });
  t.is(file.read(), '\0\0cD\0\0gh');
});

test('what the system refuses is told with its number', (t) => {
  using file = opened('r', 'data');
  t.is(
    refusal(() => writeBlock({ fd: file.fd, offset: 0, bytes: Buffer.from('x') })),
    '-32603 Bad file descriptor (os error 9)',
  );
});

test('a file that takes nothing and gives no reason ends the write', (t) => {
  using file = opened('w');
  const takesNothing = () => () => 0;
  t.is(
    refusal(() =>
      withPatchedFs('writeSync', takesNothing, () => writeBlock({ fd: file.fd, offset: 0, bytes: Buffer.from('x') })),
    ),
    '-32603 I/O error (os error 5)',
  );
});

for (const offset of [2 ** 53 - 1, 2n ** 53n, 2n ** 63n - 2n]) {
  test(`nothing is written at ${offset}, where no number of ours is exact`, (t) => {
    using file = opened('w');
    ftruncateSync(file.fd, 3);
    t.is(
      refusal(() => writeBlock({ fd: file.fd, offset, bytes: Buffer.from('x') })),
      '-32603 File too large (os error 27)',
    );
    t.is(file.read(), '\0\0\0');
  });
}
