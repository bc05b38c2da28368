import test from 'ava';
import fc from 'fast-check';
import { decodeBase64 } from '#src/protocol/base64.js';

test('any bytes come back', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      t.deepEqual(decodeBase64(Buffer.from(bytes).toString('base64')), { bytes: Buffer.from(bytes) });
    }),
  );
});

test('a text is bytes only if it is what the bytes are written as', (t) => {
  const scrap = fc.constantFrom('A', 'Q', 'z', '+', '/', '=', '-', '_', ' ', '\n', '!', 'é');
  fc.assert(
    fc.property(fc.array(scrap, { maxLength: 12 }), (scraps) => {
      const text = scraps.join('');
      const decoded = decodeBase64(text);
      if ('bytes' in decoded) t.is(decoded.bytes.toString('base64'), text);
      else
        t.regex(
          decoded.fault,
          /^Invalid (?:symbol \d+, offset \d+\.|last symbol \d+, offset \d+\.|padding|input length: \d+)$/,
        );
    }),
    { numRuns: 2000 },
  );
});

for (const [text, fault] of [
  ['YQ', 'Invalid padding'],
  ['YQ=', 'Invalid padding'],
  ['a', 'Invalid input length: 1'],
  ['aaaaa', 'Invalid input length: 5'],
  ['YR==', 'Invalid last symbol 82, offset 1.'],
  ['YWF=', 'Invalid last symbol 70, offset 2.'],
  ['AAAAYR==', 'Invalid last symbol 82, offset 5.'],
  ['a!', 'Invalid symbol 33, offset 1.'],
  ['-_aa', 'Invalid symbol 45, offset 0.'],
  ['YWE= ', 'Invalid symbol 32, offset 4.'],
  ['aaa=aaaa', 'Invalid symbol 61, offset 3.'],
  ['aa=a', 'Invalid symbol 61, offset 2.'],
  ['====', 'Invalid symbol 61, offset 0.'],
  ['aé==', 'Invalid symbol 195, offset 1.'],
] as const) {
  test(`${JSON.stringify(text)} is refused with "${fault}"`, (t) => {
    t.deepEqual(decodeBase64(text), { fault });
  });
}
