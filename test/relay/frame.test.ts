import test from 'ava';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { RelayError } from '#src/relay/errors.js';
import { type Body, decodeFrame, type Frame, PROTOCOL_ERROR } from '#src/relay/frame.js';
import { dataOverheadBytes, encodeFrame, openDataFrame, ownMemory } from '#src/relay/frame-writer.js';
import { asStreamId } from '#src/relay/stream-id.js';

/** What the description of the frame says, as protobufjs understands it. */
const described = protobuf.loadSync('proto/relay.proto').lookupType('codex.exec_server.relay.v1.RelayMessageFrame');

const UUID = asStreamId('3f2504e0-4f89-41d3-9a0c-0305e82c3301');
const U32_MAX = 2 ** 32 - 1;

const as = (body: Body, ack = 0, ackBits = 0): Frame => ({ streamId: UUID, ack, ackBits, body });
const wire = (fields: object) => described.encode({ version: 1, streamId: UUID, ...fields }).finish();
const data = (fields: object = {}) => ({
  seq: 1,
  segmentIndex: 0,
  segmentCount: 1,
  payload: Buffer.from('x'),
  ...fields,
});
const field = (number: number, wireType: number, ...bytes: number[]) =>
  Buffer.from([(number << 3) | wireType, ...bytes]);

function defect(bytes: Uint8Array): string {
  try {
    decodeFrame(bytes);
  } catch (error) {
    if (error instanceof RelayError && error.code === 'invalidFrame') return error.message;
    throw error;
  }
  return 'none';
}

test('a resume from 0 takes 42 bytes for a UUID', (t) => {
  const bytes = encodeFrame(as({ kind: 'resume', nextSeq: 0 }));
  t.is(Buffer.from(bytes).toString('hex'), `08011224${Buffer.from(UUID).toString('hex')}3a00`);
  t.is(bytes.length, 42);
});

const u32 = fc.oneof(fc.constantFrom(0, 1, 127, 128, U32_MAX), fc.nat({ max: U32_MAX }));
const payload = fc.uint8Array({ minLength: 1, maxLength: 300 });
const body: fc.Arbitrary<Body> = fc.oneof(
  fc.record({ kind: fc.constant('data' as const), seq: u32, payload }),
  fc.record({ kind: fc.constant('handshake' as const), payload }),
  fc.record({ kind: fc.constant('resume' as const), nextSeq: u32 }),
  fc.record({ kind: fc.constant('reset' as const), reason: fc.string({ minLength: 1 }) }),
  fc.constantFrom<Body>({ kind: 'ack' }, { kind: 'heartbeat' }),
);
const text = fc.string({ minLength: 1, unit: 'grapheme' }).map((end) => asStreamId(`s${end}`));
const frame: fc.Arbitrary<Frame> = fc.record({ streamId: text, ack: u32, ackBits: u32, body });

/** A frame as protobufjs names its parts. */
const asDescribed = ({ streamId, ack, ackBits, body }: Frame) => ({
  version: 1,
  streamId,
  ack,
  ackBits,
  ...(body.kind === 'data' && { data: data({ seq: body.seq, payload: Buffer.from(body.payload) }) }),
  ...(body.kind === 'ack' && { ackFrame: {} }),
  ...(body.kind === 'resume' && { resume: { nextSeq: body.nextSeq } }),
  ...(body.kind === 'reset' && { reset: { reason: body.reason } }),
  ...(body.kind === 'heartbeat' && { heartbeat: {} }),
  ...(body.kind === 'handshake' && { handshake: { payload: Buffer.from(body.payload) } }),
});

test('frames are what their description says, both ways', (t) => {
  fc.assert(
    fc.property(frame, (sent) => {
      const bytes = encodeFrame(sent);
      const plain = described.toObject(described.decode(Buffer.from(bytes)), { defaults: true, bytes: Buffer });
      for (const [name, value] of Object.entries(asDescribed(sent))) t.deepEqual(plain[name], value);
      const theirs = decodeFrame(described.encode(asDescribed(sent)).finish());
      for (const got of [decodeFrame(bytes), theirs]) {
        t.deepEqual(asDescribed(got), asDescribed(sent));
      }
    }),
    { numRuns: 300, seed: 1 },
  );
  t.pass();
});

test('frames that stand one behind the other are one, as its description has it', (t) => {
  const part = fc.oneof(
    frame.map(encodeFrame),
    frame.map(asDescribed).map((fields) => described.encode(fields).finish()),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 2, maxLength: 4 }), (parts) => {
      const bytes = Buffer.concat(parts);
      const plain = (message: protobuf.Message) => described.toObject(message, { bytes: Buffer, defaults: true });
      const got = described.fromObject(asDescribed(decodeFrame(bytes)));
      t.deepEqual(plain(got), plain(described.decode(bytes)));
    }),
    { numRuns: 300, seed: 11 },
  );
  t.pass();
});

test('zeros are not written, as by every other encoder of proto3', (t) => {
  const sent = as({ kind: 'data', seq: 0, payload: Buffer.from('x') });
  t.deepEqual(
    Buffer.from(encodeFrame(sent)),
    Buffer.from(wire({ data: { segmentCount: 1, payload: Buffer.from('x') } })),
  );
});

test('a record is sealed where it leaves from, and its frame is no longer than was said', (t) => {
  for (const streamId of [asStreamId('s'), UUID, asStreamId('ü'.repeat(9_000))]) {
    const head = { streamId, ack: U32_MAX, ackBits: U32_MAX };
    const { frame: memory, at } = openDataFrame(head, U32_MAX, 61_456, ownMemory);
    const frame = memory.bytes;
    t.is(frame.length - at, 61_456);
    t.true(at <= dataOverheadBytes(streamId));
    frame.fill(7, at);
    t.deepEqual(decodeFrame(frame).body, { kind: 'data', seq: U32_MAX, payload: frame.subarray(at) });
  }
});

test('the payload of a decoded frame is a view', (t) => {
  const bytes = Buffer.from(wire({ handshake: { payload: Buffer.from('abc') } }));
  const { body } = decodeFrame(bytes);
  t.is(body.kind === 'handshake' && body.payload.buffer, bytes.buffer);
});

const DEFECTS: readonly [string, Uint8Array, string][] = [
  ['nothing', Buffer.alloc(0), 'unsupported relay message frame version 0'],
  ['another version', wire({ version: 2, heartbeat: {} }), 'unsupported relay message frame version 2'],
  ['another version and nothing else', field(1, 0, 3), 'unsupported relay message frame version 3'],
  ['no stream', wire({ streamId: '', heartbeat: {} }), 'relay message frame is missing stream_id'],
  ['a blank stream', wire({ streamId: ' \t\u0085\u2003', heartbeat: {} }), 'relay message frame is missing stream_id'],
  ['no body', wire({}), 'relay message frame is missing body'],
  ['a later segment', wire({ data: data({ segmentIndex: 1 }) }), 'relay data message frame is missing required fields'],
  ['no segments', wire({ data: data({ segmentCount: 0 }) }), 'relay data message frame is missing required fields'],
  ['two segments', wire({ data: data({ segmentCount: 2 }) }), 'relay data message frame is missing required fields'],
  [
    'no ciphertext',
    wire({ data: data({ payload: Buffer.alloc(0) }) }),
    'relay data message frame is missing required fields',
  ],
  ['no reason', wire({ reset: {} }), 'relay reset message frame is missing reason'],
  ['no handshake', wire({ handshake: {} }), 'relay handshake message frame is missing payload'],
];

for (const [name, bytes, expected] of DEFECTS)
  test(`a frame with ${name} is no use`, (t) => t.is(defect(bytes), expected));

const UNDECODABLE: readonly [string, Uint8Array][] = [
  ['a tag without a value', field(1, 0)],
  ['a number that does not end', field(1, 0, ...Array(11).fill(0xff))],
  ['a stream that is a number', field(2, 0, 1)],
  ['a version that is a text', field(1, 2, 1, 1)],
  ['a field longer than its message', field(2, 2, 9, 1)],
  ['a body longer than its message', field(5, 2, 9, 1)],
  ['a field longer than its body', Buffer.concat([field(5, 2, 2, 0x22, 9), Buffer.alloc(20)])],
  ['a field with number 0', Buffer.from([0, 0])],
  ['a stream that is not UTF-8', field(2, 2, 2, 0xc3, 0x28)],
  ['an unknown wire type', field(11, 7)],
  ['a group without end', field(11, 3)],
  ['a group of groups without end', Buffer.alloc(10_000, (11 << 3) | 3)],
];

for (const [name, bytes] of UNDECODABLE) {
  test(`${name} is no frame`, (t) => t.regex(defect(bytes), /^invalid relay message frame: ./));
}

test('unknown fields are skipped, wherever they stand', (t) => {
  const unknown = [
    field(11, 0, 0xff, 1),
    field(12, 2, 2, 9, 9),
    field(13, 5, 1, 2, 3, 4),
    field(14, 1, ...Array(8).fill(1)),
  ];
  const group = Buffer.concat([field(15, 3), ...unknown, field(15, 4)]);
  const extra = Buffer.concat([...unknown, group]);
  const inner = Buffer.concat([extra, field(1, 0, 7), extra]);
  const resume = Buffer.concat([field(7, 2, inner.length), inner]);
  const bytes = Buffer.concat([extra, wire({}), extra, resume, extra]);
  t.deepEqual(decodeFrame(bytes), as({ kind: 'resume', nextSeq: 7 }));
});

test('the last body wins', (t) => {
  const [reset, heartbeat] = [wire({ reset: { reason: 'r' } }), wire({ heartbeat: {} })];
  t.deepEqual(decodeFrame(Buffer.concat([reset, heartbeat])).body, { kind: 'heartbeat' });
  t.deepEqual(decodeFrame(Buffer.concat([heartbeat, reset])).body, { kind: 'reset', reason: 'r' });
  t.is(defect(Buffer.concat([heartbeat, wire({ reset: {} })])), 'relay reset message frame is missing reason');
  t.is(defect(Buffer.concat([reset, heartbeat, wire({ reset: {} })])), 'relay reset message frame is missing reason');
});

test('a body that comes in two parts is one', (t) => {
  const parts = [wire({ data: { seq: 9, payload: Buffer.from('a') } }), wire({ data: { segmentCount: 1 } })];
  const { body } = decodeFrame(Buffer.concat(parts));
  t.deepEqual(body, { kind: 'data', seq: 9, payload: Buffer.from('a') });
});

test('any bytes are a frame, or are told to be none', (t) => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    frame.map((sent) => encodeFrame(sent)),
  );
  const noise = fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 255 })), { maxLength: 3 });
  fc.assert(
    fc.property(bytes, noise, (message, changes) => {
      const changed = Uint8Array.from(message);
      for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
      t.is(typeof defect(changed), 'string');
    }),
    { numRuns: 1_000, seed: 2 },
  );
});

test('the reason of a reset is the one that peers know', (t) => t.is(PROTOCOL_ERROR, 'noise_relay_protocol_error'));
