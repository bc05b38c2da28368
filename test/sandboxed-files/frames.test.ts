import test from 'ava';
import fc from 'fast-check';
import { readyText, wrapReadyResult } from '#src/protocol/ready-result.js';
import { encodeFrame, type Frame, FrameReader } from '#src/sandboxed-files/frames.js';

const LIMITS = { jsonBytes: 1000, bodyBytes: 200_000 };

const bodyOf = ({ body }: Frame) => (body === undefined ? '' : hex(body.memory.subarray(body.start, body.end)));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const frameBytes = (json: string, body?: Uint8Array) => Buffer.concat(encodeFrame(json, body));

/** Cut at these places, given as parts of the whole. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

test('frames come out as they went in, however they are cut', (t) => {
  const frame = fc.tuple(fc.string({ unit: 'binary', maxLength: 60 }), fc.option(fc.uint8Array({ maxLength: 300 })));
  const cut = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), fc.array(cut, { maxLength: 20 }), (sent, cuts) => {
      const reader = new FrameReader(LIMITS);
      const whole = Buffer.concat(sent.flatMap(([json, body]) => encodeFrame(json, body ?? undefined)));
      const read = pieces(whole, cuts).flatMap((piece) => {
        const frames = reader.push(piece);
        // Nobody may lean on the piece afterwards.
        piece.fill(0xff);
        return frames;
      });
      t.deepEqual(
        read.map((got) => [got.json, bodyOf(got)]),
        sent.map(([json, body]) => [Buffer.from(json).toString(), hex(body ?? new Uint8Array())]),
      );
      t.true(reader.isBetweenFrames);
    }),
  );
});

test('byte by byte, a frame is there with its last byte', (t) => {
  const reader = new FrameReader(LIMITS);
  const bytes = frameBytes('{"id":1}', Buffer.from('body'));
  for (const byte of bytes.subarray(0, -1)) t.deepEqual(reader.push(Buffer.of(byte)), []);
  t.false(reader.isBetweenFrames);
  const [frame] = reader.push(bytes.subarray(-1));
  t.is(frame?.json, '{"id":1}');
});

test('the body is not copied when a frame is encoded', (t) => {
  const body = new Uint8Array([1, 2, 3]);
  const [, part] = encodeFrame('{}', body);
  body[0] = 9;
  t.is(part![0], 9);
});

for (const size of [1, 10, 100_000]) {
  test(`a body of ${size} bytes is wrapped as a reply where it lies`, (t) => {
    const [frame] = new FrameReader(LIMITS).push(frameBytes('{}', Buffer.alloc(size, '7')));
    const body = frame!.body!;
    const message = wrapReadyResult(17, body);
    t.is(message.buffer, body.memory.buffer);
    t.is(Buffer.from(message).toString(), Buffer.from(wrapReadyResult(17, readyText('7'.repeat(size)))).toString());
  });
}

test('an empty body is none', (t) => {
  const frames = new FrameReader(LIMITS).push(Buffer.concat([frameBytes('{}', new Uint8Array()), frameBytes('[]')]));
  t.deepEqual(frames, [
    { json: '{}', body: undefined },
    { json: '[]', body: undefined },
  ]);
});

const CASES = [
  { what: 'JSON', header: [1000, 200_000], beyond: [1001, 0], text: 'a frame has JSON of 1001 bytes; limit is 1000' },
  {
    what: 'a body',
    header: [0, 200_000],
    beyond: [0, 200_001],
    text: 'a frame has a body of 200001 bytes; limit is 200000',
  },
  {
    what: 'the largest lengths',
    header: [0, 0],
    beyond: [0xffff_ffff, 0xffff_ffff],
    text: 'a frame has JSON of 4294967295 bytes; limit is 1000',
  },
];
for (const { what, header, beyond, text } of CASES) {
  test(`${what} up to the limit is taken, and nothing beyond it`, (t) => {
    t.notThrows(() => new FrameReader(LIMITS).push(lengths(header)));
    t.throws(() => new FrameReader(LIMITS).push(lengths(beyond)), { instanceOf: RangeError, message: text });
  });
}

function lengths([json, body]: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(json!, 0);
  bytes.writeUInt32BE(body!, 4);
  return bytes;
}
