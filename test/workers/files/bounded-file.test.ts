import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import test from 'ava';
import { refusal } from '#test/support/refusal.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { readBoundedFile, readBoundedTextFile } from '#workers/files/bounded-file.js';

test('a file up to the limit is read, one above it is refused', (t) => {
  using folder = new TemporaryFolder();
  folder.write('f', 'x'.repeat(10));
  t.is(readBoundedFile(folder.file('f'), 10).toString(), 'x'.repeat(10));
  t.is(
    refusal(() => readBoundedFile(folder.file('f'), 9)),
    '-32600 file is too large to read: limit is 9 bytes',
  );
});

test('a file that says that it is empty is read to its end, and no further than the limit', (t) => {
  const whole = readBoundedTextFile('/proc/cpuinfo', 1 << 20);
  t.true(whole.length > 0);
  t.is(
    refusal(() => readBoundedFile('/proc/cpuinfo', whole.length - 1)),
    `-32600 file is too large to read: limit is ${whole.length - 1} bytes`,
  );
});

test('a FIFO without a writer is refused at once', (t) => {
  using folder = new TemporaryFolder();
  const fifo = folder.file('fifo');
  execFileSync('mkfifo', [fifo]);
  t.is(
    refusal(() => readBoundedFile(fifo, 10)),
    `-32600 path \`${fifo}\` is not a file`,
  );
});

test('what is not UTF-8 is refused as text, with the place', (t) => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.file('f'), Buffer.from([0x61, 0xff]));
  t.is(
    refusal(() => readBoundedTextFile(folder.file('f'), 10)),
    '-32603 invalid utf-8 sequence of 1 bytes from index 1',
  );
});
