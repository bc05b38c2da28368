/** Records and what is in them: sections 3 and 4 of the relay's contract. Whatever a harness does wrong costs it its own stream only. */
import test from 'ava';
import { Executor } from '#src/executor.js';
import { TAG_BYTES } from '#src/noise/sizes.js';
import {
  RELAY_GAP_MS,
  RELAY_MESSAGE_BYTES,
  RELAY_RECORD_BYTES,
  RELAY_REORDER_BYTES,
  RELAY_REORDER_RECORDS,
} from '#src/protocol/limits.js';
import { framed, type HarnessStream } from './support/harness-stream.js';
import { LinkWorld } from './support/link-world.js';

const executor = new Executor();
test.after.always(() => executor.close());

const open = () => LinkWorld.open(executor.accept);
const READY = { status: 'ready' };
const isReady = (stream: HarnessStream) => stream.call('environment/status');
const BLANK = Buffer.from(' ');

test('a message may come in records of one byte', async (t) => {
  await using world = await open();
  const stream = await world.harness().attach(world.link);
  const { bytes, answer } = stream.request('environment/status');
  stream.sendBytes(bytes, 1);
  t.deepEqual(await answer(), READY);
});

test('many messages may come in one record, and a message where another one ends', async (t) => {
  await using world = await open();
  const stream = await world.harness().attach(world.link);
  const requests = Array.from({ length: 20 }, () => stream.request('environment/status'));
  const bytes = Buffer.concat(requests.map(({ bytes }) => bytes));
  // The first cut is in the length of the second message.
  const cut = requests[0]!.bytes.length + 2;
  stream.sendRecord(bytes.subarray(0, cut));
  stream.sendRecord(bytes.subarray(cut));
  for (const { answer } of requests) t.deepEqual(await answer(), READY);
});

test('empty records do nothing', async (t) => {
  await using world = await open();
  const stream = await world.harness().attach(world.link);
  const { bytes, answer } = stream.request('environment/status');
  stream.sendRecord('');
  stream.sendRecord(bytes.subarray(0, 10));
  stream.sendRecord('');
  stream.sendRecord(bytes.subarray(10));
  t.deepEqual(await answer(), READY);
});

test('a full record is taken, and a message of 64 MiB', async (t) => {
  await using world = await open();
  const stream = await world.harness().attach(world.link);
  const padded = (bytes: number) => {
    const { bytes: request, answer } = stream.request('environment/status');
    const message = request.subarray(4);
    return { bytes: framed(Buffer.concat([message, Buffer.alloc(bytes - message.length, BLANK)])), answer };
  };
  for (const bytes of [RELAY_RECORD_BYTES - 4, RELAY_MESSAGE_BYTES]) {
    const request = padded(bytes);
    stream.sendBytes(request.bytes);
    t.deepEqual(await request.answer(), READY);
  }
});

test('records that come in another order are put in order, up to 64 ahead', async (t) => {
  await using world = await open();
  const stream = await world.harness().attach(world.link);
  const { bytes, answer } = stream.request('environment/status');
  const first = stream.nextSeq;
  const sealed = Array.from({ length: RELAY_REORDER_RECORDS + 1 }, (_, at) =>
    stream.seal(at < RELAY_REORDER_RECORDS ? bytes.subarray(at, at + 1) : bytes.subarray(at)),
  );
  for (const [at, record] of [...sealed.entries()].reverse()) stream.sendSealed(record, first + at);
  t.deepEqual(await answer(), READY);
});

test('a record that comes again is ignored, also with other bytes, and also while it waits for those before it', async (t) => {
  await using world = await open();
  const stream = await world.harness().attach(world.link);
  const { bytes, answer } = stream.request('environment/status');
  const first = stream.nextSeq;
  const [one, two, three] = [bytes.subarray(0, 5), bytes.subarray(5, 9), bytes.subarray(9)].map((part) =>
    stream.seal(part),
  );
  const other = Buffer.alloc(100, 7);
  stream.sendSealed(one!, first);
  stream.sendSealed(one!, first);
  stream.sendSealed(other, first);
  stream.sendSealed(other, 0);
  stream.sendSealed(three!, first + 2);
  stream.sendSealed(other, first + 2);
  stream.sendSealed(two!, first + 1);
  t.deepEqual(await answer(), READY);
});

type Wrong = readonly [what: string, wrong: (stream: HarnessStream) => void, why?: string];

const length = (bytes: number): Buffer => {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(bytes);
  return prefix;
};
const message =
  (text: string | Uint8Array): ((stream: HarnessStream) => void) =>
  (stream) =>
    stream.sendRecord(framed(text));
const changed =
  (change: (record: Buffer) => Uint8Array) =>
  (stream: HarnessStream): void =>
    stream.sendSealed(change(Buffer.from(stream.seal(stream.request('environment/status').bytes))));

const TOO_FAR = 'Noise relay ciphertext exceeds reorder window';
const INVALID_LENGTH = 'Noise relay JSON-RPC message has invalid length';
const NOT_OPENED = 'Noise relay decryption failed: Noise channel transport failed: decryption failed';

const WRONG: readonly Wrong[] = [
  [
    'a record of 61,441 bytes',
    (stream) => stream.sendRecord(Buffer.alloc(RELAY_RECORD_BYTES + 1, 1)),
    'Noise relay plaintext record exceeds maximum length',
  ],
  ['a length of 0', (stream) => stream.sendRecord(length(0)), INVALID_LENGTH],
  ['a length of 64 MiB + 1', (stream) => stream.sendRecord(length(RELAY_MESSAGE_BYTES + 1)), INVALID_LENGTH],
  ['a length of 2^32 - 1', (stream) => stream.sendRecord(length(2 ** 32 - 1)), INVALID_LENGTH],
  ['a length of 0 in two records', (stream) => stream.sendBytes(length(0), 3), INVALID_LENGTH],
  ['no JSON', message('{"id":1,')],
  ['no UTF-8', message(Buffer.from('{"id":1,"method":"\xff"}', 'latin1'))],
  ['blanks', message('   ')],
  ['a list', message('[]')],
  ['a batch', message('[{"id":1,"method":"environment/status","params":{}}]')],
  ['a text', message('"environment/status"')],
  ['null', message('null')],
  ['an object that is nothing', message('{"jsonrpc":"2.0"}')],
  ['an answer to a question that nobody asked', message('{"id":1,"result":{}}')],
  [
    'a record with another bit',
    changed((record) => {
      record[0]! ^= 0x80;
      return record;
    }),
    NOT_OPENED,
  ],
  [
    'a record with another bit in its tag',
    changed((record) => {
      record[record.length - 1]! ^= 1;
      return record;
    }),
    NOT_OPENED,
  ],
  ['a record without its end', changed((record) => record.subarray(0, -1)), NOT_OPENED],
  [
    'a record that is shorter than its tag',
    changed((record) => record.subarray(0, TAG_BYTES - 1)),
    'Noise relay decryption failed: invalid Noise channel message: transport ciphertext is too short',
  ],
  [
    'a record that nobody could have encrypted',
    (stream) => stream.sendSealed(Buffer.alloc(65_536)),
    'Noise relay decryption failed: invalid Noise channel message: transport ciphertext is too large',
  ],
  [
    'a record at the place of the next one',
    (stream) => {
      const [one, two] = [stream.seal('one'), stream.seal('two')];
      stream.sendSealed(two);
      stream.sendSealed(one);
    },
    NOT_OPENED,
  ],
  [
    'a record played again at the next place',
    (stream) => {
      const record = stream.seal(stream.request('environment/status').bytes);
      stream.sendSealed(record);
      stream.sendSealed(record);
    },
    NOT_OPENED,
  ],
  [
    'a record 65 ahead',
    (stream) => stream.sendSealed(stream.seal('ahead'), stream.nextSeq + RELAY_REORDER_RECORDS + 1),
    TOO_FAR,
  ],
  ['the last of all records', (stream) => stream.sendSealed(stream.seal('last'), 2 ** 32 - 1), TOO_FAR],
  [
    'more than 1 MiB ahead',
    (stream) => {
      const first = stream.nextSeq;
      const record = Buffer.alloc(RELAY_RECORD_BYTES + TAG_BYTES);
      const most = Math.floor(RELAY_REORDER_BYTES / record.length);
      for (let ahead = 1; ahead <= most + 1; ahead += 1) stream.sendSealed(record, first + ahead);
    },
    'Noise relay pending ciphertext buffer is full',
  ],
];

test('whatever is wrong ends the stream on which it comes with one reset, and no other', async (t) => {
  await using world = await open();
  const { link } = world;
  const live = await world.harness().attach(link);
  const harness = world.harness();
  for (const [what, wrong, why] of WRONG) {
    const stream = await harness.attach(link);
    const from = world.log.length;
    wrong(stream);
    await stream.becomesReset();
    t.deepEqual(await isReady(live), READY, what);
    t.is(link.resetsOf(stream.streamId), 1, what);
    const told = world.log.slice(from).flatMap((event) => (event.event === 'streamFailed' ? [event.why] : []));
    t.deepEqual(told, why === undefined ? [] : [why], what);
    // Its session is kept for it.
    const next = await harness.attach(link, stream.sessionId);
    t.deepEqual(await isReady(next), READY, what);
    next.leave();
  }
  t.is(world.told('disconnected'), 0);
});

test('what comes for a stream that has failed is not looked at any more', async (t) => {
  await using world = await open();
  const { link } = world;
  const live = await world.harness().attach(link);
  const stream = await world.harness().attach(link);
  stream.sendRecord(length(0));
  for (let more = 0; more < 100; more += 1) stream.sendSealed(Buffer.alloc(1_000));
  await stream.becomesReset();
  t.deepEqual(await isReady(live), READY);
  t.is(link.resetsOf(stream.streamId), 1);
  t.is(world.told('streamFailed'), 1);
});

test('a stream waits for the 64 MiB that it was promised', async (t) => {
  await using world = await open();
  const harness = world.harness();
  const live = await harness.attach(world.link);
  const stream = await harness.attach(world.link);
  stream.sendRecord(length(RELAY_MESSAGE_BYTES));
  await world.link.seen();
  t.deepEqual(await isReady(live), READY);
  t.false(stream.isReset);
});

test('a record that never comes ends its stream, from a peer that cannot be asked for it', async (t) => {
  await using world = await open();
  const { link } = world;
  const harness = world.harness();
  const live = await harness.attach(link);
  const stream = await harness.attach(link);
  stream.sendSealed(stream.seal('second'), stream.nextSeq + 1);
  await link.seen();
  t.false(stream.isReset);
  world.time += RELAY_GAP_MS;
  await stream.becomesReset();
  t.like(world.log.at(-1), { event: 'streamFailed', why: 'Noise relay record is missing' });
  t.deepEqual(await isReady(live), READY);
});

test("one stream's records are worth nothing on another", async (t) => {
  await using world = await open();
  const harness = world.harness();
  const [one, other] = [await harness.attach(world.link), await harness.attach(world.link)];
  t.is(one.nextSeq, other.nextSeq);
  other.sendSealed(one.seal(one.request('environment/status').bytes));
  await other.becomesReset();
  t.false(one.isReset);
});
