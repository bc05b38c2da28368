import test from 'ava';
import fc from 'fast-check';
import { printable } from '#src/cli/copy/printable.js';

const cases: readonly (readonly [name: string | Buffer, shown: string])[] = [
  ['plain name.txt', 'plain name.txt'],
  ['Grüße 日本 🚀', 'Grüße 日本 🚀'],
  ['two\nlines\r\tand', 'two\\nlines\\r\\tand'],
  ['\x1b[2J\x07\x7f\x9b', '\\x1b[2J\\x07\\x7f\\x9b'],
  ['txt.\u202eexe\u2028', 'txt.\\u{202e}exe\\u{2028}'],
  ['back\\slash', 'back\\slash'],
  [Buffer.from('bytes é'), 'bytes é'],
  [Buffer.from([0x61, 0xff, 0xc3, 0xa9, 0xc3]), 'a\\xFFé\\xC3'],
  [Buffer.from([0xe2, 0x82, 0x0a]), '\\xE2\\x82\\n'],
];
for (const [name, shown] of cases) test(`shown as ${shown}`, (t) => t.is(printable(name), shown));

test('nothing that is shown can move the cursor, whatever the bytes', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => !/[\p{Cc}\u2028\u2029\u202e]/u.test(printable(bytes))),
  );
  t.pass();
});
