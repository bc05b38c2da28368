import test from 'ava';
import fc from 'fast-check';
import { WholeResult } from '#src/http/whole-result.js';
import { REPLY_BYTES } from '#src/protocol/limits.js';
import { wrapReadyResult } from '#src/protocol/ready-result.js';

const HEAD = '{"status":200,"headers":[],"bodyBase64":"';
const message = (result: WholeResult) => JSON.parse(String(Buffer.from(wrapReadyResult('id', result.finish()))));

test('the pieces are one body, however it was cut and whatever was announced', (t) => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
  fc.assert(
    fc.property(pieces, fc.nat(2000), (parts, announced) => {
      const result = new WholeResult(HEAD, announced, REPLY_BYTES);
      for (const part of parts) result.add(Buffer.from(part));
      t.deepEqual(message(result), {
        id: 'id',
        result: { status: 200, headers: [], bodyBase64: Buffer.concat(parts).toString('base64') },
      });
    }),
  );
});

test('a piece may be overwritten once it was added', (t) => {
  const result = new WholeResult(HEAD, 0, REPLY_BYTES);
  const piece = Buffer.from('ab');
  result.add(piece);
  piece.fill(0);
  t.is(message(result).result.bodyBase64, Buffer.from('ab').toString('base64'));
});

test('the largest body that is taken makes a reply within the limit, and one byte more is refused with the number', (t) => {
  const limit = 10_000;
  const refused = t.throws(() => new WholeResult(HEAD, limit, limit));
  const largest = Number(/limit is (\d+) bytes$/.exec(refused!.message)![1]);
  t.true(largest > 7000);

  const result = new WholeResult(HEAD, largest, limit);
  result.add(Buffer.alloc(largest));
  t.true(wrapReadyResult(1, result.finish()).length <= limit);

  t.throws(() => new WholeResult(HEAD, largest + 1, limit), { message: refused!.message });
  const unannounced = new WholeResult(HEAD, 0, limit);
  unannounced.add(Buffer.alloc(largest));
  t.throws(() => unannounced.add(Buffer.alloc(1)), { message: refused!.message });
});

test('a limit that leaves no room takes an empty body only', (t) => {
  t.is(message(new WholeResult(HEAD, 0, 1)).result.bodyBase64, '');
  t.throws(() => new WholeResult(HEAD, 1, 1));
});
