/** What an executor makes of messages that no honest peer sends: section 1 of the relay's contract. */
import { randomUUID } from 'node:crypto';
import test from 'ava';
import protobuf from 'protobufjs';
import { Executor } from '#src/executor.js';
import { RELAY_FRAME_BYTES } from '#src/protocol/limits.js';
import { World } from './support/world.js';

const executor = new Executor();
test.after.always(() => executor.close());

/** Writes what our own writer cannot. */
const described = protobuf.loadSync('proto/relay.proto').lookupType('codex.exec_server.relay.v1.RelayMessageFrame');
const wire = (streamId: string, fields: object): Uint8Array =>
  described.encode({ version: 1, streamId, ...fields }).finish();
const data = (fields: object) => ({ data: { seq: 0, segmentIndex: 0, segmentCount: 1, payload: 'eA==', ...fields } });
const U32_MAX = 2 ** 32 - 1;

type Malformed = readonly [what: string, message: (streamId: string) => Uint8Array | string, why: string];

const MALFORMED: readonly Malformed[] = [
  ['bytes that are no protobuf', () => Buffer.from('\xff\xff\xff', 'latin1'), 'invalid relay message frame: '],
  ['a frame that is cut', (id) => wire(id, { resume: {} }).subarray(0, -1), 'invalid relay message frame: '],
  ['a length beyond the end', () => Buffer.from([0x12, 0x7f, 0x61]), 'invalid relay message frame: '],
  ['a stream id that is not UTF-8', () => Buffer.from([8, 1, 0x12, 1, 0xff, 0x3a, 0]), 'invalid relay message frame: '],
  ['an empty message', () => new Uint8Array(0), 'unsupported relay message frame version 0'],
  ['version 2', (id) => wire(id, { version: 2, resume: {} }), 'unsupported relay message frame version 2'],
  [
    'version 2^32 - 1',
    (id) => wire(id, { version: U32_MAX, resume: {} }),
    `unsupported relay message frame version ${U32_MAX}`,
  ],
  ['no stream id', () => wire('', { resume: {} }), 'relay message frame is missing stream_id'],
  ['a blank stream id', () => wire(' \t\u2003', { resume: {} }), 'relay message frame is missing stream_id'],
  ['no body', (id) => wire(id, {}), 'relay message frame is missing body'],
  [
    'a body of the future',
    (id) => Buffer.concat([wire(id, {}), Buffer.from([0x7a, 0])]),
    'relay message frame is missing body',
  ],
  [
    'a later segment',
    (id) => wire(id, data({ segmentIndex: 1 })),
    'relay data message frame is missing required fields',
  ],
  ['two segments', (id) => wire(id, data({ segmentCount: 2 })), 'relay data message frame is missing required fields'],
  ['no segments', (id) => wire(id, data({ segmentCount: 0 })), 'relay data message frame is missing required fields'],
  ['no payload', (id) => wire(id, data({ payload: '' })), 'relay data message frame is missing required fields'],
  ['a reset without a reason', (id) => wire(id, { reset: {} }), 'relay reset message frame is missing reason'],
  ['an empty handshake', (id) => wire(id, { handshake: {} }), 'relay handshake message frame is missing payload'],
  ['a text message', (id) => `frame of ${id}`, 'text message'],
];

test('each malformed message is dropped, and the stream, which it may have been meant for, works on', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  const stream = await world.harness().attach(link);
  for (const [what, message, why] of MALFORMED) {
    const from = link.frames.length;
    link.send(message(stream.streamId));
    t.deepEqual(await stream.call('environment/status'), { status: 'ready' }, what);
    const said = link.frames.slice(from).map(({ body }) => body.kind);
    t.deepEqual(
      said.filter((kind) => kind !== 'heartbeat'),
      ['data'],
      `${what}: nothing is said back`,
    );
    t.true(
      world.told('frameDropped').at(-1)?.why.startsWith(why),
      `${what}: ${world.told('frameDropped').at(-1)?.why}`,
    );
  }
  t.is(world.told('frameDropped').length, MALFORMED.length);
  t.deepEqual(world.told('disconnected'), []);
});

test('of dropped messages a few are told, however many there are', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  for (let sent = 0; sent < 5_000; sent += 1) link.send(wire(randomUUID(), {}));
  await link.seen();
  t.is(world.told('frameDropped').length, 100);
});

test('what is no matter of a 0.169.0 peer is ignored, with any numbers, before the handshake and behind it', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  const aside = (streamId: string) => {
    for (const [ack, ackBits] of [
      [0, 0],
      [1, U32_MAX],
      [U32_MAX, U32_MAX],
    ]) {
      for (const fields of [{ ackFrame: {} }, { resume: { nextSeq: U32_MAX } }, { heartbeat: {} }]) {
        link.send(wire(streamId, { ack, ackBits, ...fields }));
      }
    }
  };
  const streamId = randomUUID();
  aside(streamId);
  const stream = await world.harness().enter(link, { streamId });
  t.is(link.resetsOf(streamId), 0);
  aside(streamId);
  await stream.initialize();
  aside(streamId);
  t.deepEqual(await stream.call('environment/status'), { status: 'ready' });
});

test('unknown fields are skipped, and of two bodies the last one counts', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  const stream = await world.harness().attach(link);
  const { bytes, answer } = stream.request('environment/status');
  const payload = Buffer.from(stream.seal(bytes)).toString('base64');
  const frame = Buffer.concat([
    // A number, 8 bytes, 4 bytes and a text that nobody knows; then a body that does not count.
    Buffer.from([0xa0, 0x06, 0x01, 0xa9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xb5, 0x06, 1, 2, 3, 4, 0xba, 0x06, 1, 0x61]),
    described.encode({ reset: { reason: 'not meant' } }).finish(),
    wire(stream.streamId, data({ seq: stream.nextSeq, payload })),
  ]);
  link.send(frame);
  t.deepEqual(await answer(), { status: 'ready' });
});

/** A heartbeat of exactly so many bytes. */
function heartbeatOf(streamId: string, bytes: number): Uint8Array {
  const frame = wire(streamId, { heartbeat: {} });
  // Field 100, a text of a length that takes three bytes.
  const filling = Buffer.alloc(bytes - frame.length);
  filling.set([0xa2, 0x06]);
  const length = filling.length - 5;
  filling.set([(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14], 2);
  return Buffer.concat([filling, frame]);
}

test('a message of 262,144 bytes is taken, one more ends the link, and the executor comes back', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  const harness = world.harness();
  const stream = await harness.attach(link);
  link.send(heartbeatOf(stream.streamId, RELAY_FRAME_BYTES));
  t.deepEqual(await stream.call('environment/status'), { status: 'ready' });
  t.deepEqual(world.told('frameDropped'), []);

  link.send(heartbeatOf(stream.streamId, RELAY_FRAME_BYTES + 1));
  const next = await world.link(1);
  t.like(world.told('disconnected'), [{ reason: 'read_error' }]);
  t.not(link.closeCode, undefined);
  await harness.attach(next, stream.sessionId);
});

test('so it does when the rendezvous does not care to hear that the link is over', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  link.stopReading();
  link.send(new Uint8Array(RELAY_FRAME_BYTES + 1));
  await world.link(1);
  t.like(world.told('disconnected'), [{ reason: 'read_error' }]);
});

test('a message in many fragments is one message', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  const stream = await world.harness().attach(link);
  const { bytes, answer } = stream.request('environment/status');
  const payload = stream.seal(bytes);
  const frame = wire(stream.streamId, data({ seq: stream.nextSeq, payload: Buffer.from(payload).toString('base64') }));
  link.sendInPieces(frame, 1);
  t.deepEqual(await answer(), { status: 'ready' });
});

test('a rendezvous that says goodbye and stays is left', async (t) => {
  await using world = await World.open({ accept: executor.accept });
  const link = await world.link();
  link.stopReading();
  link.close(1000);
  await world.link(1);
  t.like(world.told('disconnected'), [{ reason: 'peer_close' }]);
});
