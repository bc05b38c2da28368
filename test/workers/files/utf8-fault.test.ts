import { isUtf8 } from 'node:buffer';
import test from 'ava';
import fc from 'fast-check';
import { utf8Fault } from '#workers/files/utf8-fault.js';

const FAULTS: readonly (readonly [bytes: readonly number[], fault: string])[] = [
  [[0x61, 0xff, 0x62], 'invalid utf-8 sequence of 1 bytes from index 1'],
  [[0x61, 0xe2, 0x82], 'incomplete utf-8 byte sequence from index 1'],
  [[0xe2, 0x82, 0x41], 'invalid utf-8 sequence of 2 bytes from index 0'],
  [[0xf0, 0x9f, 0x98, 0x41], 'invalid utf-8 sequence of 3 bytes from index 0'],
  [[0xc3, 0xa9, 0x80], 'invalid utf-8 sequence of 1 bytes from index 2'],
  [[0xed, 0xa0, 0x80], 'invalid utf-8 sequence of 1 bytes from index 0'],
  [[0xe0, 0x80, 0x80], 'invalid utf-8 sequence of 1 bytes from index 0'],
  [[0xf4, 0x90, 0x80, 0x80], 'invalid utf-8 sequence of 1 bytes from index 0'],
];

for (const [bytes, fault] of FAULTS) {
  const shown = Buffer.from(bytes).toString('hex');
  test(`${shown}: ${fault}`, (t) => t.is(utf8Fault(Buffer.from(bytes)), fault));
}

test('bytes have a fault exactly when they are not UTF-8, and are UTF-8 up to it', (t) => {
  const pieces = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(pieces), (parts) => {
      const bytes = Buffer.concat(parts);
      const fault = utf8Fault(bytes);
      t.is(fault === undefined, isUtf8(bytes));
      if (fault !== undefined) t.true(isUtf8(bytes.subarray(0, Number(/\d+$/.exec(fault)![0]))));
    }),
  );
  t.pass();
});
