import test from 'ava';
import fc from 'fast-check';
import { RELAY_REORDER_BYTES, RELAY_REORDER_RECORDS } from '#src/protocol/limits.js';
import { OrderedRecords, PLAIN_LIMITS, R1_LIMITS } from '#src/relay/ordered-records.js';

const TOO_FAR = { code: 'streamFailed', message: 'Noise relay ciphertext exceeds reorder window' };
const TOO_MUCH = { code: 'streamFailed', message: 'Noise relay pending ciphertext buffer is full' };

const of = (text: string | number) => Buffer.from(String(text));

function told(records: OrderedRecords, seq: number, text: string | number = seq): string {
  const arrival = records.accept(seq, of(text));
  return arrival.is === 'ready'
    ? arrival.records.map((record) => Buffer.from(record).toString()).join(' ')
    : arrival.is;
}

test('records are opened in the order of their numbers', (t) => {
  const records = new OrderedRecords();
  t.deepEqual(
    [0, 2, 1, 4, 3].map((seq) => told(records, seq)),
    ['0', 'held', '1 2', 'held', '3 4'],
  );
  t.is(records.expected, 5);
});

test('a number that was there before is ignored, also with other bytes', (t) => {
  const records = new OrderedRecords();
  t.is(told(records, 0), '0');
  t.is(told(records, 0, 'other'), 'duplicate');
  t.is(told(records, 2), 'held');
  t.is(told(records, 2, 'other'), 'duplicate');
  t.is(told(records, 1), '1 2');
  t.is(told(records, 1), 'duplicate');
});

test('64 ahead is held, 65 is not', (t) => {
  t.is(RELAY_REORDER_RECORDS, 64);
  const records = new OrderedRecords();
  t.is(told(records, 64), 'held');
  t.throws(() => records.accept(65, of(65)), TOO_FAR);
  t.is(told(records, 0), '0');
  t.is(told(records, 65), 'held');
  t.throws(() => new OrderedRecords().accept(2 ** 32 - 1, of(0)), TOO_FAR);
});

test('1 MiB is held, one byte more is not; the record that is waited for always has room', (t) => {
  const records = new OrderedRecords();
  const part = Buffer.alloc(RELAY_REORDER_BYTES / 2);
  records.accept(1, part);
  records.accept(2, part);
  t.is(records.heldBytes, RELAY_REORDER_BYTES);
  t.throws(() => records.accept(3, Buffer.alloc(1)), TOO_MUCH);
  t.is(records.accept(0, part).is, 'ready');
  t.is(records.heldBytes, 0);
  t.false(records.hasGap);
});

test('from peers that speak R1, 256 ahead and 16 MiB are held', (t) => {
  const records = new OrderedRecords();
  records.limitBy(R1_LIMITS);
  t.is(told(records, 256), 'held');
  t.throws(() => records.accept(257, of(0)), TOO_FAR);
  const full = new OrderedRecords();
  full.limitBy(R1_LIMITS);
  const part = Buffer.alloc(1 << 20);
  for (let seq = 1; seq <= 16; seq += 1) full.accept(seq, part);
  t.throws(() => full.accept(17, Buffer.alloc(1)), TOO_MUCH);
  t.deepEqual(PLAIN_LIMITS, { records: 64, bytes: 1 << 20 });
});

test('what was received is told as the highest number in order, and a bit for each behind it', (t) => {
  const records = new OrderedRecords();
  t.is(records.received, undefined);
  told(records, 1);
  t.is(records.received, undefined);
  told(records, 0);
  t.deepEqual(records.received, { ack: 1, ackBits: 0 });
  told(records, 3);
  told(records, 33);
  told(records, 34);
  t.deepEqual(records.received, { ack: 1, ackBits: 0x8000_0002 });
  told(records, 2);
  t.deepEqual(records.received, { ack: 3, ackBits: 0x6000_0000 });
});

test('a held record is a copy', (t) => {
  const records = new OrderedRecords();
  const bytes = of('early');
  records.accept(1, bytes);
  bytes.fill(0);
  t.is(told(records, 0), '0 early');
});

test('whatever the order, and however often, each record comes out once and in order', (t) => {
  const order = fc.shuffledSubarray(
    Array.from({ length: 120 }, (_, index) => index % 60),
    { minLength: 120 },
  );
  fc.assert(
    fc.property(order, (seqs) => {
      const records = new OrderedRecords();
      const out = seqs.map((seq) => told(records, seq)).filter((text) => /^\d/.test(text));
      t.is(out.join(' '), Array.from({ length: 60 }, (_, seq) => seq).join(' '));
    }),
    { seed: 4 },
  );
  t.pass();
});
