import test from 'ava';
import fc from 'fast-check';
import { decodeBase64 } from '#src/protocol/base64.js';
import { decodeParams } from '#src/protocol/decode.js';
import { decodeLargeMessage, decodeMessage, type Incoming } from '#src/protocol/envelope.js';
import { cutLongTexts, LongText } from '#src/protocol/long-text.js';

const KIB = 1024;
const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
const LONG = bytes(150 * KIB);

const writeFile = (dataBase64: string, more: object = {}) =>
  JSON.stringify({ id: 1, method: 'fs/writeFile', params: { path: 'file:///x', dataBase64, ...more } });

/** The params of a request, as its handler gets them. */
function params(incoming: Incoming | undefined): unknown {
  if (incoming?.kind !== 'request') throw new Error(`no request: ${incoming?.kind}`);
  return decodeParams('fs/writeFile', incoming.params);
}

test('long base64 is read from the bytes of the message, and means the same as from its text', (t) => {
  const message = writeFile(LONG.toString('base64'));
  const large = decodeLargeMessage(Buffer.from(message));
  t.deepEqual(params(large), params(decodeMessage(message)));
  t.deepEqual(params(large), {
    path: 'file:///x',
    dataBase64: { bytes: LONG },
    followSymlinks: null,
    sandbox: null,
  });
});

test('a variable of a process may be long and have the name of a member that holds base64', (t) => {
  const env = { chunk: 'x'.repeat(100 * KIB), OTHER: 'y'.repeat(60 * KIB) };
  const start = { processId: 'p', argv: ['true'], cwd: 'file:///', env, tty: false, pipeStdin: false };
  const message = JSON.stringify({ id: 1, method: 'process/start', params: start });
  const large = decodeLargeMessage(Buffer.from(message));
  if (large?.kind !== 'request') return t.fail();
  const decoded = decodeParams('process/start', large.params);
  t.true(decoded.env.get('chunk') === env.chunk);
});

test('several long texts of one message are all cut out, wherever they stand', (t) => {
  const chunks = [bytes(100 * KIB), bytes(64 * KIB), LONG, bytes(10)];
  const result = { chunks: chunks.map((chunk, seq) => ({ seq, chunk: chunk.toString('base64') })) };
  const large = decodeLargeMessage(Buffer.from(JSON.stringify({ id: 7, result })));
  if (large?.kind !== 'response') return t.fail();
  const found = (large.result as unknown as { chunks: { chunk: string | LongText }[] }).chunks;
  t.deepEqual(
    found.map(({ chunk }) => chunk instanceof LongText),
    [true, true, true, false],
  );
  t.deepEqual(
    found.map(({ chunk }) => decodeBase64(chunk)),
    chunks.map((chunk) => ({ bytes: chunk })),
  );
});

const asText: [what: string, message: string][] = [
  ['a short message', writeFile(bytes(1000).toString('base64'))],
  ['a long string that is no base64 member', JSON.stringify({ id: 1, method: 'x'.repeat(200 * KIB) })],
  ['an escape in the text', writeFile('A').replace('"A"', `"${'A'.repeat(200 * KIB)}\\u0041"`)],
  ['letters beyond ASCII', writeFile('ä'.repeat(100 * KIB))],
  ['the text without its end', writeFile('A'.repeat(200 * KIB)).slice(0, -100)],
  ['a string that looks like the place of one', writeFile('A'.repeat(200 * KIB), { note: 'cut out 0' })],
  ['no JSON behind the text', `${writeFile('A'.repeat(200 * KIB))}}`],
  ['blanks after the name that look like a text', `{"id":1,"params":{"chunk":"","chunk":${' '.repeat(200 * KIB)}""}}`],
];
for (const [what, message] of asText) {
  test(`${what} is left to be read as text`, (t) => t.is(decodeLargeMessage(Buffer.from(message)), undefined));
}

test('bytes around the text that are not UTF-8 leave the message to be read as text', (t) => {
  const message = Buffer.from(writeFile(LONG.toString('base64'), { note: '@' }));
  message[message.lastIndexOf('@')] = 0xff;
  t.is(cutLongTexts(message), undefined);
});

const faults: [what: string, spoil: (text: string) => string][] = [
  ['a stray byte', (text) => `${text.slice(0, 70_000)}!${text.slice(70_001)}`],
  ['a symbol of the other alphabet', (text) => `${text.slice(0, 70_000)}-${text.slice(70_001)}`],
  ['padding in the middle', (text) => `${text.slice(0, 70_000)}=${text.slice(70_001)}`],
  ['padding at the end of an inner slice', (text) => `${text.slice(0, 65_535)}=${text.slice(65_536)}`],
  ['a missing symbol', (text) => text.slice(1)],
  ['bits behind the end', () => `${'A'.repeat(70_000)}AB==`],
  ['padding that is not needed', (text) => `${text}====`],
];
for (const [what, spoil] of faults) {
  test(`${what} in a long text is told as in a short one`, (t) => {
    const text = spoil(LONG.toString('base64'));
    const expected = decodeBase64(text);
    t.true('fault' in expected);
    t.deepEqual(decodeBase64(new LongText(Buffer.from(text))), expected);
  });
}

test('whatever the length, a long text is decoded as a short one', (t) => {
  const property = fc.property(fc.integer({ min: 0, max: 200 * KIB }), (length) => {
    const data = bytes(length);
    t.deepEqual(decodeBase64(new LongText(Buffer.from(data.toString('base64')))), { bytes: data });
  });
  fc.assert(property, { numRuns: 20, examples: [[0], [1], [49_152], [49_153], [98_304]] });
});

test('blanks alone and quotes alone are no long text', (t) => {
  const blanks = Buffer.alloc(16 * KIB * KIB, ' ');
  t.is(cutLongTexts(blanks), undefined);
  const quotes = Buffer.alloc(KIB * KIB, '"');
  t.is(cutLongTexts(quotes), undefined);
});
