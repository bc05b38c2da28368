import test from 'ava';
import { EVERY_KIND, type EventKind, EventLog } from '#src/client/event-log.js';
import type { ProcessEvent, StreamName } from '#src/client/process-event.js';
import { REPLAY_BYTES, REPLAY_EVENTS } from '#src/protocol/limits.js';

const output = (seq: number, size = 1, stream: StreamName = 'stdout'): ProcessEvent => ({
  type: 'output',
  seq,
  stream,
  bytes: Buffer.alloc(size),
});

test('a reader finds each event by the number before it, and nothing at the end', (t) => {
  const log = new EventLog();
  t.deepEqual(log.next(0, EVERY_KIND), { found: 'nothing' });
  log.append(output(1));
  log.append(output(2));
  t.like(log.next(0, EVERY_KIND), { found: 'event', event: { seq: 1 } });
  t.like(log.next(1, EVERY_KIND), { found: 'event', event: { seq: 2 } });
  t.deepEqual(log.next(2, EVERY_KIND), { found: 'nothing' });
});

test('256 events are kept; the next one evicts the oldest and a reader before it finds a gap', (t) => {
  const log = new EventLog();
  for (let seq = 1; seq <= REPLAY_EVENTS; seq += 1) log.append(output(seq));
  t.is(log.next(0, EVERY_KIND).found, 'event');
  log.append(output(REPLAY_EVENTS + 1));
  t.is(log.next(0, EVERY_KIND).found, 'gap');
  t.is(log.next(1, EVERY_KIND).found, 'event');
});

test('1 MiB is kept; one byte more evicts the oldest', (t) => {
  const log = new EventLog();
  log.append(output(1));
  log.append(output(2, REPLAY_BYTES - 1));
  t.is(log.next(0, EVERY_KIND).found, 'event');
  log.append(output(3));
  t.is(log.next(0, EVERY_KIND).found, 'gap');
});

test('the newest event is kept however large it is', (t) => {
  const log = new EventLog();
  log.append(output(1, REPLAY_BYTES + 1));
  t.is(log.next(0, EVERY_KIND).found, 'event');
});

test('a range of lost events is one event for a reader before it or inside it', (t) => {
  const log = new EventLog();
  log.append({ type: 'lost', seq: 1, lastSeq: 9 });
  log.append(output(10));
  t.like(log.next(0, EVERY_KIND), { found: 'event', event: { type: 'lost' } });
  t.like(log.next(4, EVERY_KIND), { found: 'event', event: { type: 'lost' } });
  t.like(log.next(9, EVERY_KIND), { found: 'event', event: { seq: 10 } });
  t.deepEqual(
    log.keptAfter(9).map(({ seq }) => seq),
    [10],
  );
});

test('a reader of one stream is not behind because another stream was busy', (t) => {
  const log = new EventLog();
  const stderr: readonly EventKind[] = ['stderr', 'lost'];
  log.append(output(1, 1, 'stderr'));
  for (let seq = 2; seq <= 2 * REPLAY_EVENTS; seq += 1) log.append(output(seq));
  t.is(log.next(0, stderr).found, 'gap');
  t.like(log.next(1, stderr), { found: 'event', event: { seq: REPLAY_EVENTS + 1 } });
  t.is(log.next(1, EVERY_KIND).found, 'gap');
});
