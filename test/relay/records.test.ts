import test from 'ava';
import fc from 'fast-check';
import { RELAY_MESSAGE_BYTES, RELAY_RECORD_BYTES } from '#src/protocol/limits.js';
import { MessageAssembler } from '#src/relay/message-assembler.js';
import { cutRecords, type PlainRecord } from '#src/relay/records.js';

const LENGTH_BYTES = 4;

const plain = ({ parts }: PlainRecord): Buffer => Buffer.concat(parts);

const prefix = (length: number) => {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeUInt32BE(length);
  return bytes;
};

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const framed = (message: Uint8Array) => Buffer.concat([prefix(message.length), message]);
const sizes = (messages: readonly Uint8Array[]) => cutRecords(messages).map(({ bytes }) => bytes);

test('a message leaves behind its length', (t) => {
  t.deepEqual(cutRecords([Buffer.from('{}')]).map(plain), [Buffer.from('\0\0\0\x02{}')]);
});

test('a record holds 61,440 bytes and not one more', (t) => {
  t.deepEqual(sizes([Buffer.alloc(RELAY_RECORD_BYTES - LENGTH_BYTES)]), [RELAY_RECORD_BYTES]);
  t.deepEqual(sizes([Buffer.alloc(RELAY_RECORD_BYTES - LENGTH_BYTES + 1)]), [RELAY_RECORD_BYTES, 1]);
  t.is(RELAY_RECORD_BYTES, 61_440);
});

test('messages that leave together share records', (t) => {
  t.deepEqual(sizes([Buffer.alloc(3), Buffer.alloc(5)]), [16]);
  t.deepEqual(sizes([Buffer.alloc(3), Buffer.alloc(RELAY_RECORD_BYTES)]), [RELAY_RECORD_BYTES, 11]);
  t.deepEqual(sizes([]), []);
});

test('records are views of the messages', (t) => {
  const message = Buffer.alloc(3 * RELAY_RECORD_BYTES);
  for (const { parts } of cutRecords([message])) t.is(parts.at(-1)!.buffer, message.buffer);
});

test('a message of 64 MiB is sent, one byte more is not', (t) => {
  t.is(
    cutRecords([Buffer.alloc(RELAY_MESSAGE_BYTES)]).length,
    Math.ceil((RELAY_MESSAGE_BYTES + 4) / RELAY_RECORD_BYTES),
  );
  t.throws(() => cutRecords([Buffer.alloc(RELAY_MESSAGE_BYTES + 1)]), {
    code: 'messageTooLong',
    message: 'Noise relay JSON-RPC message exceeds maximum length',
  });
  t.throws(() => cutRecords([Buffer.alloc(0)]), { instanceOf: RangeError });
});

test('messages come out as they went in, however their stream was cut', (t) => {
  const message = fc.uint8Array({ minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.nat({ max: 20 })), (messages, cuts) => {
      const assembler = new MessageAssembler();
      let rest = Buffer.concat(messages.map(framed));
      const got: Uint8Array[] = [];
      for (const cut of cuts) {
        got.push(...assembler.push(rest.subarray(0, cut)));
        rest = rest.subarray(cut);
      }
      got.push(...assembler.push(rest));
      t.deepEqual(got.map(hex), messages.map(hex));
      t.true(assembler.isBetweenMessages);
    }),
    { seed: 3 },
  );
  t.pass();
});

test('a large message comes out of the records it was cut into, and out of single bytes', (t) => {
  const message = Buffer.alloc(300_000, 'abcdefg');
  const whole = new MessageAssembler();
  const got = cutRecords([message]).flatMap((record) => whole.push(plain(record)));
  t.true(message.equals(got[0]!));
  const bytewise = new MessageAssembler();
  const bytes = framed(message);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 1) pieces.push(...bytewise.push(bytes.subarray(at, at + 1)));
  t.is(pieces.length, 1);
  t.true(message.equals(pieces[0]!));
});

test('an empty record changes nothing', (t) => {
  const assembler = new MessageAssembler();
  t.deepEqual(assembler.push(Buffer.alloc(0)), []);
  assembler.push(prefix(2));
  t.deepEqual(assembler.push(Buffer.alloc(0)), []);
  t.false(assembler.isBetweenMessages);
  t.deepEqual(assembler.push(Buffer.from('{}')), [Buffer.from('{}')]);
});

test('a record of 61,440 bytes is taken, one byte more is not', (t) => {
  const record = framed(Buffer.alloc(RELAY_RECORD_BYTES - LENGTH_BYTES));
  t.is(new MessageAssembler().push(record).length, 1);
  t.throws(() => new MessageAssembler().push(Buffer.concat([record, Buffer.alloc(1)])), {
    code: 'streamFailed',
    message: 'Noise relay plaintext record exceeds maximum length',
  });
});

test('a length of 1 or 64 MiB is taken, 0 and one byte more are not, before anything of the message is there', (t) => {
  for (const length of [1, RELAY_MESSAGE_BYTES]) t.deepEqual(new MessageAssembler().push(prefix(length)), []);
  for (const length of [0, RELAY_MESSAGE_BYTES + 1, 2 ** 32 - 1]) {
    t.throws(() => new MessageAssembler().push(prefix(length)), {
      code: 'streamFailed',
      message: 'Noise relay JSON-RPC message has invalid length',
    });
  }
});

test.serial('lengths of 64 MiB take no memory until bytes come, and then only for what has come', (t) => {
  const before = process.memoryUsage().arrayBuffers;
  const assemblers = Array.from({ length: 64 }, () => new MessageAssembler());
  for (const assembler of assemblers) assembler.push(prefix(RELAY_MESSAGE_BYTES));
  t.true(process.memoryUsage().arrayBuffers - before < 1 << 20);
  for (const assembler of assemblers) assembler.push(Buffer.alloc(1));
  t.true(process.memoryUsage().arrayBuffers - before < 16 << 20);
  t.is(assemblers.filter(({ isBetweenMessages }) => isBetweenMessages).length, 0);
});
