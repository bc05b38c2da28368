import test from 'ava';
import fc from 'fast-check';
import { OutputFlow } from '#src/process/output-flow.js';
import { FRAMES_IN_FLIGHT, OUTPUT_CHUNK_BYTES } from '#src/protocol/limits.js';
import type { StreamName } from '#src/rings/record-layout.js';

interface Chunk {
  readonly stream: StreamName;
  readonly bytes: Buffer;
  readonly framed: boolean;
}

/** A flow whose chunks are kept; buffers that are given back are spoilt, since somebody else may write into them. */
function observedFlow(watched = true) {
  const chunks: Chunk[] = [];
  const calls: string[] = [];
  let lent = 0;
  let ticks = 0;
  const machine = new OutputFlow(
    {
      commit: (stream, bytes, framed) => {
        chunks.push({ stream, bytes: Buffer.from(bytes), framed });
      },
      pauseReading: () => calls.push('pause'),
      resumeReading: () => calls.push('resume'),
      tickSoon: () => {
        ticks += 1;
      },
    },
    {
      take: () => {
        lent += 1;
        return new Uint8Array(OUTPUT_CHUNK_BYTES);
      },
      give: (buffer) => {
        lent -= 1;
        buffer.fill(0xee);
      },
    },
    watched,
  );
  let now = 0;
  const flow = {
    get paused() {
      return machine.paused;
    },
    /** A second later, unless told when: nothing is a flood at that pace. */
    data: (stream: StreamName, bytes: Uint8Array, at?: number) => {
      now = at ?? now + 1000;
      machine.data(stream, bytes, now);
    },
    sent: (at?: number) => {
      now = at ?? now + 1000;
      machine.sent(now);
    },
    tick: () => {
      ticks -= 1;
      machine.tick();
    },
    watch: (wanted: boolean) => machine.watch(wanted),
    flush: () => machine.flush(),
  };
  return { flow, chunks, calls, lent: () => lent, ticks: () => ticks };
}

const texts = (chunks: readonly Chunk[]) => chunks.map(({ stream, bytes }) => `${stream} ${bytes}`);

test('output becomes a chunk at once when nothing is in flight', (t) => {
  const { flow, chunks, lent } = observedFlow();
  flow.data('stdout', Buffer.from('a'));
  t.deepEqual(texts(chunks), ['stdout a']);
  flow.sent();
  flow.data('stdout', Buffer.from('b'));
  t.deepEqual(texts(chunks), ['stdout a', 'stdout b']);
  t.is(lent(), 0);
});

test('output gathers while a frame is in flight and leaves as one chunk when it has left', (t) => {
  const { flow, chunks, lent } = observedFlow();
  for (const text of ['a', 'b', 'c']) flow.data('stdout', Buffer.from(text));
  t.deepEqual(texts(chunks), ['stdout a']);
  flow.sent();
  t.deepEqual(texts(chunks), ['stdout a', 'stdout bc']);
  t.is(lent(), 0);
});

test('a change of stream ends a chunk, so that the order of the two is kept', (t) => {
  const { flow, chunks } = observedFlow();
  flow.data('stdout', Buffer.from('1'));
  flow.data('stdout', Buffer.from('2'));
  flow.data('stderr', Buffer.from('3'));
  flow.data('stderr', Buffer.from('4'));
  flow.flush();
  t.deepEqual(texts(chunks), ['stdout 1', 'stdout 2', 'stderr 34']);
});

test('a chunk that is full leaves at once, and the rest begins the next', (t) => {
  const { flow, chunks } = observedFlow();
  flow.data('stdout', Buffer.from('x'));
  flow.data('stdout', Buffer.alloc(OUTPUT_CHUNK_BYTES - 1, 'y'));
  t.is(chunks.length, 1);
  flow.data('stdout', Buffer.from('zw'));
  t.deepEqual(
    chunks.map(({ bytes }) => bytes.length),
    [1, OUTPUT_CHUNK_BYTES],
  );
  flow.flush();
  t.is(chunks[2]!.bytes.toString(), 'w');
});

test('reading pauses when as many frames are in flight as may be, and goes on at half of them', (t) => {
  const { flow, calls } = observedFlow();
  for (let frame = 1; frame < FRAMES_IN_FLIGHT; frame += 1) flow.data('stdout', Buffer.alloc(OUTPUT_CHUNK_BYTES));
  t.deepEqual(calls, []);
  flow.data('stdout', Buffer.alloc(OUTPUT_CHUNK_BYTES));
  t.deepEqual(calls, ['pause']);
  t.true(flow.paused);
  for (let frame = FRAMES_IN_FLIGHT - 1; frame > FRAMES_IN_FLIGHT / 2; frame -= 1) flow.sent();
  t.deepEqual(calls, ['pause']);
  flow.sent();
  t.deepEqual(calls, ['pause', 'resume']);
  t.false(flow.paused);
});

test('without a watcher chunks are not framed and nothing pauses', (t) => {
  const { flow, chunks, calls } = observedFlow(false);
  for (let count = 0; count < 10 * FRAMES_IN_FLIGHT; count += 1) flow.data('stdout', Buffer.from('x'));
  t.is(chunks.length, 10 * FRAMES_IN_FLIGHT);
  t.true(chunks.every(({ framed }) => !framed));
  t.deepEqual(calls, []);
});

test('when the watcher goes, what was gathered becomes a chunk and reading goes on', (t) => {
  const { flow, chunks, calls } = observedFlow();
  for (let frame = 0; frame < FRAMES_IN_FLIGHT; frame += 1) flow.data('stdout', Buffer.alloc(OUTPUT_CHUNK_BYTES));
  flow.data('stdout', Buffer.from('rest'));
  flow.watch(false);
  t.like(chunks.at(-1), { framed: false });
  t.is(chunks.at(-1)!.bytes.toString(), 'rest');
  t.deepEqual(calls, ['pause', 'resume']);
});

test('frames that were in flight when the watcher went still count for the next one', (t) => {
  const { flow, calls } = observedFlow();
  for (let frame = 0; frame < FRAMES_IN_FLIGHT; frame += 1) flow.data('stdout', Buffer.alloc(OUTPUT_CHUNK_BYTES));
  flow.watch(false);
  flow.watch(true);
  flow.data('stdout', Buffer.alloc(OUTPUT_CHUNK_BYTES));
  t.deepEqual(calls, ['pause', 'resume', 'pause']);
});

test('in a flood output gathers although nothing is in flight, and a tick makes it a chunk', (t) => {
  const { flow, chunks, ticks } = observedFlow();
  flow.data('stdout', Buffer.alloc(16 * 1024, 'a'), 10);
  flow.sent(10);
  t.deepEqual([chunks.length, ticks()], [1, 0]);
  flow.data('stdout', Buffer.from('b'), 10);
  flow.data('stdout', Buffer.from('c'), 11);
  t.deepEqual([chunks.length, ticks()], [1, 1]);
  flow.tick();
  t.deepEqual(texts(chunks.slice(1)), ['stdout bc']);
  t.is(ticks(), 0);
});

test('what a frame in flight held back waits for a tick in a flood, and for nothing else otherwise', (t) => {
  const flood = observedFlow();
  flood.flow.data('pty', Buffer.alloc(16 * 1024, 'a'), 10);
  flood.flow.data('pty', Buffer.from('b'), 10);
  t.is(flood.ticks(), 0);
  flood.flow.sent(11);
  t.is(flood.ticks(), 1);
  flood.flow.tick();
  t.is(flood.chunks.at(-1)!.bytes.toString(), 'b');

  const calm = observedFlow();
  calm.flow.data('stdout', Buffer.from('a'), 10);
  calm.flow.data('stdout', Buffer.from('b'), 10);
  calm.flow.sent(11);
  t.deepEqual([calm.chunks.length, calm.ticks()], [2, 0]);
});

test('a flood that is over is forgotten after some milliseconds', (t) => {
  const { flow, chunks, ticks } = observedFlow();
  flow.data('stdout', Buffer.alloc(32 * 1024, 'a'), 10);
  flow.sent(10);
  flow.data('stdout', Buffer.from('b'), 15);
  t.deepEqual([chunks.length, ticks()], [2, 0]);
});

test('nothing is no output', (t) => {
  const { flow, chunks } = observedFlow();
  flow.data('stdout', Buffer.alloc(0));
  flow.flush();
  t.deepEqual(chunks, []);
});

const anyStep = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom<StreamName>('stdout', 'stderr'), anyLength()) },
  { weight: 4, arbitrary: fc.constant('sent' as const) },
  { weight: 1, arbitrary: fc.constant('flush' as const) },
  { weight: 2, arbitrary: fc.constant('tick' as const) },
  { weight: 1, arbitrary: fc.boolean() },
);

function anyLength(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: 1, max: 200 }),
    fc.constantFrom(OUTPUT_CHUNK_BYTES, OUTPUT_CHUNK_BYTES - 1, OUTPUT_CHUNK_BYTES / 2 + 1),
  );
}

test('the bytes that come out are those that went in, in order, in chunks of 1 to 64 KiB, with a bound on what is in flight', (t) => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 80 }), fc.boolean(), (steps, watched) => {
      const { flow, chunks, calls, lent, ticks } = observedFlow(watched);
      const into: { stream: StreamName; byte: number; length: number }[] = [];
      let inFlight = 0;
      let known = 0;
      const count = () => {
        for (; known < chunks.length; known += 1) if (chunks[known]!.framed) inFlight += 1;
      };
      for (const [index, step] of steps.entries()) {
        if (step === 'sent') {
          if (inFlight === 0) continue;
          inFlight -= 1;
          flow.sent(index / 4);
        } else if (step === 'tick') {
          if (ticks() > 0) flow.tick();
        } else if (step === 'flush') {
          // At an end of a stream or of the process: rare, and at most one frame more each.
          if (!flow.paused) flow.flush();
        } else if (typeof step === 'boolean') {
          flow.watch(step);
        } else if (calls.at(-1) !== 'pause') {
          // A reader that is paused gives nothing.
          const [stream, length] = step;
          flow.data(stream, Buffer.alloc(length, index), index / 4);
          into.push({ stream, byte: index, length });
        }
        count();
        // One piece of data may both end a chunk and fill the next.
        t.true(inFlight <= FRAMES_IN_FLIGHT + 1);
        t.true(lent() <= 1);
        t.true(ticks() <= 1);
        // What is gathered never waits for nothing.
        t.true(lent() === 0 || inFlight > 0 || ticks() === 1);
        // Reading is held up as long as the flow is paused, or until a tick.
        const isHeld = calls.at(-1) === 'pause';
        t.true(flow.paused ? isHeld : !isHeld || ticks() === 1);
      }
      flow.flush();
      t.true(chunks.every(({ bytes }) => bytes.length >= 1 && bytes.length <= OUTPUT_CHUNK_BYTES));
      const runs = (all: readonly { stream: StreamName; bytes: Buffer }[]) =>
        all.reduce<{ stream: StreamName; bytes: Buffer[] }[]>((joined, { stream, bytes }) => {
          if (joined.at(-1)?.stream === stream) joined.at(-1)!.bytes.push(bytes);
          else joined.push({ stream, bytes: [bytes] });
          return joined;
        }, []);
      const flat = (all: ReturnType<typeof runs>) =>
        all.map(({ stream, bytes }) => [stream, Buffer.concat(bytes).toString('latin1')]);
      const given = into.map(({ stream, byte, length }) => ({ stream, bytes: Buffer.alloc(length, byte) }));
      t.true(equal(flat(runs(chunks)), flat(runs(given))));
      t.is(lent(), 0);
      t.true(calls.every((call, index) => call === (index % 2 === 0 ? 'pause' : 'resume')));
    }),
    { numRuns: 60 },
  );
});

const equal = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** 16 KiB within a millisecond, in pieces of 1 KiB: a flood from the last one on. */
function flood({ flow }: ReturnType<typeof observedFlow>, at: number, stream: StreamName = 'stdout'): void {
  for (let piece = 0; piece < 16; piece += 1) flow.data(stream, Buffer.alloc(1024), at);
}

test('a flood of small pieces is left in its pipe until the next tick, and nothing of it is lost', (t) => {
  const observed = observedFlow();
  const { flow, calls, chunks, ticks } = observed;
  for (let piece = 0; piece < 15; piece += 1) flow.data('stdout', Buffer.alloc(1024), 1);
  t.deepEqual([calls, ticks()], [[], 0]);
  flow.data('stdout', Buffer.alloc(1024), 1);
  t.deepEqual([calls, ticks()], [['pause'], 1]);
  flow.tick();
  t.deepEqual(calls, ['pause', 'resume']);
  t.false(flow.paused);
  t.is(
    chunks.reduce((sum, { bytes }) => sum + bytes.length, 0),
    16 * 1024,
  );
});

test('a pipe that is as good as full after a rest is read on', (t) => {
  const observed = observedFlow();
  const { flow, calls } = observed;
  flood(observed, 1);
  flow.tick();
  flow.data('stdout', Buffer.alloc(60 * 1024), 2);
  for (let at = 3; at < 90; at += 1) {
    flood(observed, at);
    flow.sent(at);
  }
  t.deepEqual(calls.slice(0, 3), ['pause', 'resume']);
});

test('terminals, which hold little, and what is no flood have no rest', (t) => {
  const terminal = observedFlow();
  flood(terminal, 1, 'pty');
  const slow = observedFlow();
  for (let at = 1; at < 200; at += 1) {
    slow.flow.data('stdout', Buffer.alloc(20), at);
    slow.flow.sent(at);
  }
  t.deepEqual([terminal.calls, slow.calls], [[], []]);
});

test('the end of a rest does not undo a pause, nor the end of a pause a rest', (t) => {
  const observed = observedFlow();
  const { flow, calls } = observed;
  flood(observed, 1);
  // What comes all the same: a drain at an exit.
  for (let n = 0; n < FRAMES_IN_FLIGHT; n += 1) flow.data('stdout', Buffer.alloc(OUTPUT_CHUNK_BYTES), 1);
  t.true(flow.paused);
  flow.tick();
  t.false(calls.includes('resume'));
  for (let n = 0; n < FRAMES_IN_FLIGHT; n += 1) flow.sent(2);
  t.is(calls.filter((call) => call === 'resume').length, 1);
});
