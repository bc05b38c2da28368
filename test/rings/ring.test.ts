import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { RETAINED_OUTPUT_BYTES, RETAINED_OUTPUT_CHUNKS } from '#src/protocol/limits.js';
import { createRing } from '#src/rings/create-ring.js';
import { announceEvicted, headerWords } from '#src/rings/published-state.js';
import { LAST_SEQ, RECORD_PAYLOAD_BYTES, RECORD_SPACE_BYTES, STREAMS } from '#src/rings/record-layout.js';
import { RingReader, type Snapshot } from '#src/rings/ring-reader.js';
import { RingWriter } from '#src/rings/ring-writer.js';
import { RingModel } from './ring-model.js';

const ring = (origin?: number) => {
  const writer = new RingWriter(createRing(), origin);
  return { writer, reader: new RingReader(writer.ring) };
};
const chunk = (length: number, fill = 1) => Buffer.alloc(length, fill);
const seqs = (snapshot: Snapshot) => snapshot.chunks.map(({ seq }) => seq);

/** The same, chunk by chunk without walking a megabyte of numbers. */
function sameSnapshot(t: ExecutionContext, actual: Snapshot, expected: Snapshot): void {
  const outline = ({ chunks, ...rest }: Snapshot) => ({
    ...rest,
    chunks: chunks.map(({ seq, stream, bytes }) => [seq, stream, bytes.length]),
  });
  t.deepEqual(outline(actual), outline(expected));
  t.true(actual.chunks.every(({ bytes }, index) => bytes.equals(expected.chunks[index]!.bytes)));
}

const length = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: RECORD_PAYLOAD_BYTES }) },
  { weight: 1, arbitrary: fc.constantFrom(RECORD_PAYLOAD_BYTES - 1, RECORD_PAYLOAD_BYTES) },
);
const step = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({ do: fc.constant('append' as const), stream: fc.constantFrom(...STREAMS), length }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      /** As a part of the numbers used so far, so that it lands before, in and behind the window. */
      after: fc.double({ min: 0, max: 1.2, noNaN: true }),
      maxBytes: fc.option(fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 300_000 })), {
        nil: undefined,
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('exit' as const),
      exitCode: fc.integer({ min: -1, max: 255 }),
      sandboxDenied: fc.boolean(),
    }),
  },
);

test('every snapshot of any history equals what a plain list would keep', (t) => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 60, maxLength: 160 }),
      fc.constantFrom(0, 2 ** 32 - RECORD_SPACE_BYTES),
      (steps, origin) => {
        const { writer, reader } = ring(origin);
        const model = new RingModel();
        let seq = 1;
        for (const step of steps) {
          switch (step.do) {
            case 'append': {
              const bytes = chunk(step.length, seq);
              writer.append(seq, step.stream, bytes);
              model.append(seq, step.stream, bytes);
              seq += 1;
              break;
            }
            case 'exit': {
              const { exitCode, sandboxDenied } = step;
              writer.setExit({ seq, exitCode, sandboxDenied });
              model.setExit({ seq, exitCode, sandboxDenied });
              seq += 1;
              break;
            }
            case 'read': {
              const after = Math.floor(seq * step.after);
              sameSnapshot(t, reader.snapshot(after, step.maxBytes), model.snapshot(after, step.maxBytes));
            }
          }
        }
        writer.setClosed(seq);
        model.setClosed(seq);
        sameSnapshot(t, reader.snapshot(0, undefined), model.snapshot(0, undefined));
        t.is(writer.retainedBytes, model.retainedBytes);
      },
    ),
    { numRuns: 60 },
  );
});

test('a fresh ring is empty and its first number is 1', (t) => {
  t.deepEqual(ring().reader.snapshot(0, undefined), {
    chunks: [],
    nextSeq: 1,
    exit: undefined,
    closedSeq: undefined,
    lostBytes: 0,
    firstRetainedSeq: 1,
  });
});

test('one mebibyte is kept whole, one byte more evicts the oldest chunk', (t) => {
  const { writer, reader } = ring();
  for (let seq = 1; seq <= 16; seq += 1) writer.append(seq, 'stdout', chunk(RETAINED_OUTPUT_BYTES / 16));
  t.is(writer.retainedBytes, RETAINED_OUTPUT_BYTES);
  t.is(writer.lostBytes, 0);
  t.is(reader.snapshot(0, undefined).chunks.length, 16);

  writer.append(17, 'stdout', chunk(1));
  t.is(writer.lostBytes, RETAINED_OUTPUT_BYTES / 16);
  t.is(writer.lostChunks, 1);
  const snapshot = reader.snapshot(0, undefined);
  t.is(snapshot.lostBytes, RETAINED_OUTPUT_BYTES / 16);
  t.is(snapshot.firstRetainedSeq, 2);
  t.deepEqual(
    seqs(snapshot),
    Array.from({ length: 16 }, (_, index) => index + 2),
  );
});

test('fifty thousand chunks are kept, one more evicts the oldest', (t) => {
  const { writer, reader } = ring();
  for (let seq = 1; seq <= RETAINED_OUTPUT_CHUNKS; seq += 1) writer.append(seq, 'stdout', chunk(1));
  t.is(writer.lostChunks, 0);
  t.is(reader.snapshot(0, undefined).chunks.length, RETAINED_OUTPUT_CHUNKS);

  writer.append(RETAINED_OUTPUT_CHUNKS + 1, 'stdout', chunk(1));
  t.is(writer.lostChunks, 1);
  t.is(writer.lostBytes, 1);
  const snapshot = reader.snapshot(0, undefined);
  t.is(snapshot.chunks.length, RETAINED_OUTPUT_CHUNKS);
  t.is(snapshot.firstRetainedSeq, 2);
});

test('a full window of the most chunks and the most bytes fits, turn after turn', (t) => {
  // 50,000 chunks of 20 and 21 bytes: the worst padding, and both limits within a hair of each other.
  const { writer, reader } = ring(2 ** 32 - RECORD_SPACE_BYTES);
  let seq = 1;
  for (; seq <= 4 * RETAINED_OUTPUT_CHUNKS; seq += 1) writer.append(seq, 'stderr', chunk(20 + (seq & 1), seq));
  for (let big = 0; big < 40; big += 1, seq += 1) writer.append(seq, 'pty', chunk(RECORD_PAYLOAD_BYTES, seq));
  for (const end = seq + RETAINED_OUTPUT_CHUNKS; seq < end; seq += 1) writer.append(seq, 'stdout', chunk(20, seq));
  const { chunks, nextSeq } = reader.snapshot(0, undefined);
  t.is(nextSeq, seq);
  t.true(chunks.length > 40_000);
  t.true(chunks.every((each, index) => each.seq === seq - chunks.length + index && each.bytes[0] === (each.seq & 255)));
  t.true(writer.ring.byteLength === writer.ring.maxByteLength);
});

test('chunks of no byte and of more than 64 KiB are refused and leave the ring as it was', (t) => {
  const { writer, reader } = ring();
  t.throws(() => writer.append(1, 'stdout', chunk(0)), { instanceOf: RangeError });
  t.throws(() => writer.append(1, 'stdout', chunk(RECORD_PAYLOAD_BYTES + 1)), { instanceOf: RangeError });
  writer.append(1, 'stdout', chunk(RECORD_PAYLOAD_BYTES));
  t.deepEqual(seqs(reader.snapshot(0, undefined)), [1]);
});

test('a number is used once, rising, up to the last that fits', (t) => {
  const { writer, reader } = ring();
  for (const wrong of [0, -1, Number.NaN, LAST_SEQ + 1]) {
    t.throws(() => writer.append(wrong, 'stdout', chunk(1)), { instanceOf: RangeError }, String(wrong));
  }
  writer.append(5, 'stdout', chunk(1));
  t.throws(() => writer.append(5, 'stdout', chunk(1)), { instanceOf: RangeError });
  t.throws(() => writer.setExit({ seq: 5, exitCode: 0, sandboxDenied: false }), { instanceOf: RangeError });
  t.throws(() => writer.setClosed(5), { instanceOf: RangeError });

  writer.append(2 ** 31, 'stdout', chunk(1));
  writer.append(LAST_SEQ, 'stdout', chunk(1));
  const { chunks, nextSeq } = reader.snapshot(2 ** 31 - 1, undefined);
  t.deepEqual(
    chunks.map(({ seq }) => seq),
    [2 ** 31, LAST_SEQ],
  );
  t.is(nextSeq, LAST_SEQ + 1);
});

test('maxBytes gives whole chunks and at least one, and reading goes on behind the last', (t) => {
  const { writer, reader } = ring();
  for (const seq of [1, 2, 3]) writer.append(seq, 'stdout', chunk(4));
  writer.setExit({ seq: 4, exitCode: 0, sandboxDenied: false });
  for (const [maxBytes, expected] of [
    [0, [1]],
    [4, [1]],
    [7, [1]],
    [8, [1, 2]],
    [100, [1, 2, 3]],
  ] as const) {
    const snapshot = reader.snapshot(0, maxBytes);
    t.deepEqual(seqs(snapshot), [...expected]);
    t.is(snapshot.nextSeq, expected.length + 1);
  }
  t.is(reader.snapshot(3, 100).nextSeq, 5);
  t.is(reader.snapshot(99, 100).nextSeq, 5);
  t.is(reader.snapshot(Number.MAX_SAFE_INTEGER, undefined).nextSeq, 5);
});

test('the chunks of a snapshot stay as they are when the ring turns', (t) => {
  const { writer, reader } = ring();
  writer.append(1, 'stdout', chunk(1000, 7));
  const before = reader.snapshot(0, undefined);
  for (let seq = 2; seq < 80; seq += 1) writer.append(seq, 'stdout', chunk(RECORD_PAYLOAD_BYTES, 9));
  t.true(before.chunks[0]!.bytes.equals(chunk(1000, 7)));
});

test('a reader that is always overtaken says so: no chunks, and reading goes on at the oldest kept one', (t) => {
  const { writer, reader } = ring();
  for (let seq = 1; seq <= 20; seq += 1) writer.append(seq, 'stdout', chunk(RECORD_PAYLOAD_BYTES));
  // As if the writer evicted everything each time the reader had begun.
  announceEvicted(headerWords(writer.ring), 1000);
  const snapshot = reader.snapshot(0, undefined);
  t.deepEqual(snapshot.chunks, []);
  t.is(snapshot.firstRetainedSeq, 5);
  t.is(snapshot.nextSeq, 5);
  t.is(reader.snapshot(9, 1).nextSeq, 10);
  t.is(reader.snapshot(20, undefined).nextSeq, 21);
});

test('a ring grows only as far as its output needs', (t) => {
  const { writer } = ring();
  const fresh = writer.ring.byteLength;
  writer.append(1, 'stdout', chunk(1000));
  t.is(writer.ring.byteLength, fresh);
  writer.append(2, 'stdout', chunk(16 * 1024));
  t.is(writer.ring.byteLength, fresh + 16 * 1024);
});

test('the lost bytes are counted exactly beyond 2^32', (t) => {
  const { writer, reader } = ring();
  const bytes = chunk(RECORD_PAYLOAD_BYTES);
  const appends = 2 ** 32 / RECORD_PAYLOAD_BYTES + 100;
  for (let seq = 1; seq <= appends; seq += 1) writer.append(seq, 'stdout', bytes);
  const lost = appends * RECORD_PAYLOAD_BYTES - RETAINED_OUTPUT_BYTES;
  t.true(lost > 2 ** 32);
  t.is(writer.lostBytes, lost);
  t.is(reader.snapshot(0, undefined).lostBytes, lost);
});
