import test from 'ava';
import { placeRead, type ReadFacts } from '#src/client/read-placement.js';

const bytes = (text: string) => Buffer.from(text);
const chunk = (seq: number) => ({ seq, stream: 'stdout', bytes: bytes(`#${seq}`) }) as const;
const output = (seq: number) => ({ type: 'output', ...chunk(seq) }) as const;
const read = (facts: Partial<ReadFacts>): ReadFacts => ({
  chunks: [],
  nextSeq: 1,
  exited: false,
  exitCode: undefined,
  closed: false,
  failure: undefined,
  sandboxDenied: false,
  ...facts,
});
const nothingKnown = { after: 0, bytes: 0, early: [], exitKnown: false };

test('a read of a process that has only written gives its output in order', (t) => {
  t.deepEqual(placeRead(nothingKnown, read({ chunks: [chunk(1), chunk(2)], nextSeq: 3 })), {
    ok: true,
    events: [output(1), output(2)],
    through: 2,
    lostBytes: 0,
  });
});

test('a read that knows nothing newer gives nothing', (t) => {
  const placed = placeRead(
    { after: 4, bytes: 0, early: [], exitKnown: false },
    read({ chunks: [chunk(2)], nextSeq: 5 }),
  );
  t.deepEqual(placed, { ok: true, events: [], through: 4, lostBytes: 0 });
});

test('the exit takes the hole behind kept output, also between two pieces of output', (t) => {
  const facts = { nextSeq: 5, exited: true, exitCode: 3, sandboxDenied: true, closed: true };
  t.deepEqual(placeRead(nothingKnown, read({ ...facts, chunks: [chunk(1), chunk(3)] })), {
    ok: true,
    events: [
      output(1),
      { type: 'exited', seq: 2, exitCode: 3, sandboxDenied: true },
      output(3),
      { type: 'closed', seq: 4 },
    ],
    through: 4,
    lostBytes: 0,
  });
});

test('output evicted in front is lost, and the exit keeps its place behind kept output', (t) => {
  const facts = { chunks: [chunk(4), chunk(5)], nextSeq: 8, exited: true, exitCode: 0, closed: true };
  t.deepEqual(placeRead(nothingKnown, read(facts)), {
    ok: true,
    events: [
      { type: 'lost', seq: 1, lastSeq: 3 },
      output(4),
      output(5),
      { type: 'exited', seq: 6, exitCode: 0, sandboxDenied: false },
      { type: 'closed', seq: 7 },
    ],
    through: 7,
    lostBytes: undefined,
  });
});

test('an exit among evicted output takes the last of their numbers, and the process still ends', (t) => {
  const facts = { chunks: [chunk(4)], nextSeq: 6, exited: true, exitCode: 9, closed: true };
  t.deepEqual(placeRead(nothingKnown, read(facts)), {
    ok: true,
    events: [
      { type: 'lost', seq: 1, lastSeq: 2 },
      { type: 'exited', seq: 3, exitCode: 9, sandboxDenied: false },
      output(4),
      { type: 'closed', seq: 5 },
    ],
    through: 5,
    lostBytes: undefined,
  });
});

test('an exit that came early keeps its number, and is not made a second time', (t) => {
  const exited = { type: 'exited', seq: 2, exitCode: 0, sandboxDenied: false } as const;
  const placed = placeRead(
    { after: 0, bytes: 0, early: [exited], exitKnown: true },
    read({ chunks: [chunk(1)], nextSeq: 4, exited: true, exitCode: 0, closed: true }),
  );
  t.deepEqual(placed, { ok: true, events: [output(1), exited, { type: 'closed', seq: 3 }], through: 3, lostBytes: 0 });
});

test('early events beyond what the read covers are left for later', (t) => {
  const placed = placeRead(
    { after: 0, bytes: 0, early: [output(5)], exitKnown: false },
    read({ chunks: [chunk(1), chunk(2)], nextSeq: 3 }),
  );
  t.deepEqual(placed, { ok: true, events: [output(1), output(2)], through: 2, lostBytes: 0 });
});

test('a claim of very many numbers costs no more than one range', (t) => {
  t.deepEqual(placeRead(nothingKnown, read({ nextSeq: Number.MAX_SAFE_INTEGER, exited: true, exitCode: 0 })), {
    ok: true,
    events: [
      { type: 'lost', seq: 1, lastSeq: Number.MAX_SAFE_INTEGER - 2 },
      { type: 'exited', seq: Number.MAX_SAFE_INTEGER - 1, exitCode: 0, sandboxDenied: false },
    ],
    through: Number.MAX_SAFE_INTEGER - 1,
    lostBytes: undefined,
  });
});

test('what an executor retains no longer, less what is had of it, is lost', (t) => {
  const facts = { chunks: [chunk(4)], nextSeq: 5, lostBytes: 107 };
  const placed = placeRead({ after: 1, bytes: 100, early: [], exitKnown: false }, read(facts));
  t.deepEqual(placed, {
    ok: true,
    events: [{ type: 'lost', seq: 2, lastSeq: 3, bytes: 7 }, output(4)],
    through: 4,
    lostBytes: 7,
  });
});

test('bytes that came early are not lost, whether they are retained or not', (t) => {
  const facts = { chunks: [chunk(4)], nextSeq: 5, lostBytes: 109 };
  const placed = placeRead({ after: 1, bytes: 100, early: [output(3), output(4)], exitKnown: false }, read(facts));
  t.like(placed, { events: [{ type: 'lost', seq: 2, lastSeq: 2, bytes: 7 }, output(3), output(4)], lostBytes: 7 });
});

test('of several gaps only the bytes of all together are known', (t) => {
  const facts = { chunks: [chunk(6)], nextSeq: 7, lostBytes: 20 };
  const placed = placeRead({ after: 0, bytes: 0, early: [output(3)], exitKnown: false }, read(facts));
  t.deepEqual(placed, {
    ok: true,
    events: [{ type: 'lost', seq: 1, lastSeq: 2 }, output(3), { type: 'lost', seq: 4, lastSeq: 5 }, output(6)],
    through: 6,
    lostBytes: 18,
  });
});

test('of output that nothing is retained of, all bytes not had are lost', (t) => {
  const placed = placeRead({ after: 0, bytes: 0, early: [], exitKnown: false }, read({ nextSeq: 4, lostBytes: 5 }));
  t.like(placed, { events: [{ type: 'lost', seq: 1, lastSeq: 3, bytes: 5 }], lostBytes: 5 });
});

const unknown: readonly (readonly [string, number | undefined, Partial<ReadFacts>])[] = [
  ['an executor that does not say', 0, {}],
  ['bytes before it that nobody has counted', undefined, { lostBytes: 9 }],
  ['an executor that contradicts itself', 10, { lostBytes: 9 }],
];
for (const [what, bytes, facts] of unknown) {
  test(`how many bytes are lost is not known with ${what}`, (t) => {
    const placed = placeRead({ after: 1, bytes, early: [], exitKnown: false }, read({ ...facts, nextSeq: 4 }));
    t.deepEqual(placed, { ok: true, events: [{ type: 'lost', seq: 2, lastSeq: 3 }], through: 3, lostBytes: undefined });
  });
}

test('an exit that is known from a read says what the read says of it', (t) => {
  const told = { cause: { type: 'exited' }, usage: { wallMs: 1 } } as const;
  const placed = placeRead(nothingKnown, read({ nextSeq: 2, exited: true, exitCode: 0, ...told }));
  t.like(placed, { events: [{ type: 'exited', seq: 1, ...told }] });
});

const contradictions: readonly (readonly [string, Partial<ReadFacts>])[] = [
  ['output beyond its own end', { chunks: [chunk(4)], nextSeq: 4 }],
  ['output with the number of closed', { chunks: [chunk(1)], nextSeq: 2, closed: true, exited: true, exitCode: 0 }],
  ['an exit without a code', { nextSeq: 2, exited: true }],
  ['an exit for which no number is left', { chunks: [chunk(1)], nextSeq: 2, exited: true, exitCode: 0 }],
];
for (const [what, facts] of contradictions) {
  test(`${what} is a fault`, (t) => {
    t.false(placeRead(nothingKnown, read(facts)).ok);
  });
}

test('output with the number of an early exit is a fault', (t) => {
  const early = [{ type: 'exited', seq: 2, exitCode: 0, sandboxDenied: false } as const];
  t.false(placeRead({ after: 0, bytes: 0, early, exitKnown: true }, read({ chunks: [chunk(2)], nextSeq: 3 })).ok);
});
