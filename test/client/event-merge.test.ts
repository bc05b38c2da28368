import test from 'ava';
import fc from 'fast-check';
import { EventMerge } from '#src/client/event-merge.js';
import { bytesOf, lastSeqOf, type ProcessEvent, type SequencedEvent } from '#src/client/process-event.js';
import type { ReadFacts } from '#src/client/read-placement.js';
import { REORDER_BYTES, REORDER_EVENTS } from '#src/protocol/limits.js';

const output = (seq: number, size = 1): SequencedEvent => ({
  type: 'output',
  seq,
  stream: 'stdout',
  bytes: Buffer.alloc(size, seq % 256),
});
const exited = (seq: number): SequencedEvent => ({ type: 'exited', seq, exitCode: 0, sandboxDenied: false });
const closed = (seq: number): SequencedEvent => ({ type: 'closed', seq });

const bytesOfAll = (events: readonly ProcessEvent[]) => events.reduce((sum, event) => sum + bytesOf(event), 0);

/** What an executor that kept everything from `keptFrom` on would answer to a read after `after`. */
const readOf = (story: readonly SequencedEvent[], after: number, keptFrom = 1): ReadFacts => {
  const exit = story.find((event) => event.type === 'exited');
  return {
    chunks: story.filter((event) => event.type === 'output').filter(({ seq }) => seq > after && seq >= keptFrom),
    nextSeq: story.length + 1,
    exited: exit !== undefined,
    exitCode: exit?.type === 'exited' ? exit.exitCode : undefined,
    closed: story.some(({ type }) => type === 'closed'),
    failure: undefined,
    sandboxDenied: false,
    lostBytes: bytesOfAll(story.filter(({ seq }) => seq < keptFrom)),
  };
};

const seqs = (events: readonly ProcessEvent[]) => events.map(({ seq }) => seq);

test('events in order pass at once', (t) => {
  const merge = new EventMerge();
  for (const event of [output(1), exited(2), output(3), closed(4)]) {
    t.deepEqual(merge.receive(event), { ready: [event], overflow: false });
  }
});

test('an early event waits for the one before it', (t) => {
  const merge = new EventMerge();
  t.deepEqual(merge.receive(output(2)).ready, []);
  t.is(merge.missing, 1);
  t.deepEqual(seqs(merge.receive(output(1)).ready), [1, 2]);
  t.is(merge.missing, undefined);
});

test('nothing follows closed', (t) => {
  const merge = new EventMerge();
  merge.receive(output(3));
  t.deepEqual(seqs(merge.receive(closed(1)).ready), [1]);
  t.deepEqual(merge.receive(output(2)).ready, []);
  t.is(merge.missing, undefined);
});

test('256 early events are held, one more overflows, and the one that closes the gap is still taken', (t) => {
  const merge = new EventMerge();
  for (let seq = 2; seq < 2 + REORDER_EVENTS; seq += 1) t.false(merge.receive(output(seq)).overflow);
  t.true(merge.receive(output(2 + REORDER_EVENTS)).overflow);
  t.is(merge.receive(output(1)).ready.length, REORDER_EVENTS + 1);
  t.is(merge.missing, 2 + REORDER_EVENTS, 'the event that could not be held is known to be missing');
});

test('1 MiB of early output is held, one byte more overflows', (t) => {
  const merge = new EventMerge();
  t.false(merge.receive(output(2, REORDER_BYTES)).overflow);
  t.true(merge.receive(output(3)).overflow);
});

test('output evicted while away is reported as lost, the rest is kept and the process ends', (t) => {
  const merge = new EventMerge();
  const story = [output(1), output(2), output(3), output(4), exited(5), closed(6)];
  merge.receive(output(1));
  const placement = merge.fill(readOf(story, 1, 4));
  t.true(placement.ok);
  if (!placement.ok) return;
  t.deepEqual(placement.events[0], { type: 'lost', seq: 2, lastSeq: 3, bytes: 2 });
  t.deepEqual(seqs(placement.events.slice(1)), [4, 5, 6]);
});

test('what a read already gave is ignored when it arrives as an event', (t) => {
  const merge = new EventMerge();
  const story = [output(1), output(2), output(3)];
  merge.receive(output(3));
  merge.fill(readOf(story, 0));
  t.deepEqual(merge.receive(output(2)).ready, []);
  t.is(merge.delivered, 3);
});

/** A whole process: outputs with the exit somewhere among them, closed at the end. */
const anyStory = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.nat()).map(([outputs, exitAt]) => {
  const place = (exitAt % (outputs + 1)) + 1;
  const story: SequencedEvent[] = [];
  for (let seq = 1; seq <= outputs + 1; seq += 1) story.push(seq === place ? exited(seq) : output(seq, 1 + seq));
  return [...story, closed(outputs + 2)];
});

test('any order with any duplicates delivers each event once and in order', (t) => {
  fc.assert(
    fc.property(
      anyStory.chain((story) =>
        fc.tuple(fc.constant(story), fc.shuffledSubarray([...story, ...story], { minLength: story.length * 2 })),
      ),
      ([story, arrivals]) => {
        const merge = new EventMerge();
        const delivered = arrivals.flatMap((event) => merge.receive(event).ready);
        t.deepEqual(delivered, story);
      },
    ),
  );
});

test('any losses, orders, evictions and moments of reading deliver every number once, lost or whole', (t) => {
  const scenario = anyStory.chain((story) =>
    fc.record({
      story: fc.constant(story),
      arrivals: fc.shuffledSubarray(story),
      readAfterArrival: fc.nat({ max: story.length }),
      executorAt: fc.nat({ max: story.length }),
      keptFrom: fc.integer({ min: 1, max: story.length }),
    }),
  );
  fc.assert(
    fc.property(scenario, ({ story, arrivals, readAfterArrival, executorAt, keptFrom }) => {
      const merge = new EventMerge();
      const delivered: ProcessEvent[] = [];
      let lostBytes = 0;
      const fill = (known: readonly SequencedEvent[], from: number) => {
        const placement = merge.fill(readOf(known, merge.delivered, from));
        if (!placement.ok) throw new Error(placement.fault);
        delivered.push(...placement.events);
        lostBytes += placement.lostBytes ?? Number.NaN;
      };
      arrivals.forEach((event, index) => {
        // The executor cannot have told what it does not know itself, so its memory reaches at least as far.
        const reached = Math.max(executorAt, ...arrivals.slice(0, index).map(({ seq }) => seq));
        if (index === readAfterArrival) fill(story.slice(0, reached), Math.min(keptFrom, reached + 1));
        delivered.push(...merge.receive(event).ready);
      });
      fill(story, keptFrom);

      let next = 1;
      for (const event of delivered) {
        t.is(event.seq, next);
        next = lastSeqOf(event) + 1;
        if (event.type === 'output') t.deepEqual(event, story[event.seq - 1]);
        if (event.type === 'lost') t.true(event.lastSeq < keptFrom, 'only what was evicted is lost');
      }
      t.is(next, story.length + 1);
      t.is(lostBytes, bytesOfAll(story) - bytesOfAll(delivered));
      t.is(delivered.filter(({ type }) => type === 'exited').length, 1);
      t.is(delivered.at(-1)?.type, 'closed');
    }),
  );
});
