import { randomBytes } from 'node:crypto';
import { closeSync, openSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { BLOCK_SLOT_BYTES } from '#src/pool/block-slots.js';
import { FILE_BLOCK_BYTES } from '#src/protocol/limits.js';
import { RESULT_HEAD_BYTES } from '#src/protocol/ready-result.js';
import { refusal } from '#test/support/refusal.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { readBlock } from '#workers/files/read-block.js';

const slot = new SharedArrayBuffer(BLOCK_SLOT_BYTES);

function read(fd: number, offset: number | bigint, length: number) {
  const { start, end, eof, stamp } = readBlock({ fd, offset, length, slot });
  const text = Buffer.from(slot).toString('latin1', start, end);
  const result = JSON.parse(text);
  return { text, start, bytes: Buffer.from(result.chunk, 'base64'), eof, said: result.eof, stamp };
}

/** An open file with these bytes. */
function opened(bytes: Uint8Array) {
  const folder = new TemporaryFolder();
  const path = folder.file('file');
  writeFileSync(path, bytes);
  const fd = openSync(path, 'r');
  const dispose = () => {
    closeSync(fd);
    folder[Symbol.dispose]();
  };
  return { fd, path, [Symbol.dispose]: dispose };
}

test('the block stands in the slot as the result of the method, with room in front', (t) => {
  using file = opened(Buffer.from('0123'));
  const { text, start } = read(file.fd, 1, 2);
  t.is(text, '{"chunk":"MTI=","eof":false}');
  t.is(start, RESULT_HEAD_BYTES);
});

test('the end shows when fewer bytes come than were asked for', (t) => {
  using file = opened(Buffer.from('01234567'));
  const seen = (offset: number, length: number) => {
    const { bytes, eof, said } = read(file.fd, offset, length);
    return [bytes.toString(), eof, said];
  };
  t.deepEqual(seen(0, 8), ['01234567', false, false]);
  t.deepEqual(seen(8, 8), ['', true, true]);
  t.deepEqual(seen(4, 5), ['4567', true, true]);
  t.deepEqual(seen(100, 1), ['', true, true]);
});

const SIZE = FILE_BLOCK_BYTES + 200_000;
const CONTENTS = randomBytes(SIZE);

test('any block is the bytes at its place', (t) => {
  using file = opened(CONTENTS);
  // Around the borders of what is read and encoded at once, too.
  const length = fc.oneof(
    fc.integer({ min: 1, max: FILE_BLOCK_BYTES }),
    fc.constantFrom(1, 2, 3, 49_151, 49_152, 49_153, 196_607, 196_608, 196_609, FILE_BLOCK_BYTES - 1, FILE_BLOCK_BYTES),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: SIZE + 10 }), length, (offset, asked) => {
      const { bytes, eof } = read(file.fd, offset, asked);
      t.true(bytes.equals(CONTENTS.subarray(offset, offset + asked)));
      t.is(eof, bytes.length < asked);
    }),
    { numRuns: 60 },
  );
});

test('a file that the system makes up is read to its end, and never trusted', (t) => {
  const fd = openSync('/proc/self/status', 'r');
  const { bytes, eof, stamp } = read(fd, 0, FILE_BLOCK_BYTES);
  closeSync(fd);
  t.regex(bytes.toString(), /^Name:/);
  t.true(eof);
  t.false(stamp.trusted);
});

test('an offset beyond 2^53 is exact', (t) => {
  using file = opened(Buffer.from('data'));
  t.true(read(file.fd, 2n ** 63n - 2n, 1).eof);
  truncateSync(file.path, 10);
  t.is(read(file.fd, BigInt(8), 2).bytes.length, 2);
});

test('the stamp is that of the file, trusted when its last change is long ago', (t) => {
  using file = opened(Buffer.from('data'));
  t.is(read(file.fd, 0, 1).stamp.size, 4);
  // The time of the change of its attributes cannot be set, and is now.
  utimesSync(file.path, 1, 1);
  t.is(read(file.fd, 0, 1).stamp.mtimeNs, 1_000_000_000n);
});

test('what the system refuses is told with its number', (t) => {
  using folder = new TemporaryFolder();
  const fd = openSync(folder.file('file'), 'w');
  t.is(
    refusal(() => read(fd, 0, 1)),
    '-32603 Bad file descriptor (os error 9)',
  );
  closeSync(fd);
});
