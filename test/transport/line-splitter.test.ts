import test from 'ava';
import fc from 'fast-check';
import { LineSplitter } from '#src/transport/line-splitter.js';

const texts = (lines: readonly Buffer[]) => lines.map(String);

test('lines end with a newline, with or without a carriage return before it', (t) => {
  const { lines, tooLong } = new LineSplitter(100).push(Buffer.from('a\r\n\nb\rc\nrest'));
  t.deepEqual(texts(lines), ['a', '', 'b\rc']);
  t.false(tooLong);
});

test('the last line may lack its newline', (t) => {
  const splitter = new LineSplitter(100);
  splitter.push(Buffer.from('one\ntw'));
  splitter.push(Buffer.from('o'));
  t.deepEqual(texts(splitter.end().lines), ['two']);
  t.deepEqual(texts(splitter.end().lines), []);
});

for (const terminator of ['', '\n']) {
  test(`a line of the limit passes, one byte more does not${terminator === '' ? ', before its newline is seen' : ''}`, (t) => {
    t.false(new LineSplitter(5).push(Buffer.from(`12345${terminator}`)).tooLong);
    const over = new LineSplitter(5).push(Buffer.from(`ok\n123456${terminator}`));
    t.true(over.tooLong);
    t.deepEqual(texts(over.lines), ['ok']);
  });
}

test('a line in one chunk is a view of it', (t) => {
  const chunk = Buffer.from('abc\n');
  t.is(new LineSplitter(100).push(chunk).lines[0]!.buffer, chunk.buffer);
});

test('lines are the same however the stream is cut', (t) => {
  const piece = fc.oneof(fc.constantFrom('\n', '\r\n', '\r'), fc.string());
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat()), (pieces, cuts) => {
      const whole = Buffer.from(pieces.join(''));
      const once = new LineSplitter(1 << 20);
      const expected = [...once.push(whole).lines, ...once.end().lines];
      const parts = new LineSplitter(1 << 20);
      const found: Buffer[] = [];
      const borders = cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b);
      [...borders, whole.length].reduce((from, to) => {
        found.push(...parts.push(whole.subarray(from, to)).lines);
        return to;
      }, 0);
      found.push(...parts.end().lines);
      return texts(found).join('|') === texts(expected).join('|');
    }),
  );
  t.pass();
});
