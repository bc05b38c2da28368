import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { createRing } from '#src/rings/create-ring.js';
import { STREAMS } from '#src/rings/record-layout.js';
import { RingReader, type Snapshot } from '#src/rings/ring-reader.js';
import { FLOOD_CLOSED_SEQ, FLOOD_EXIT_SEQ, FLOOD_RECORDS, floodBytes, floodLength } from './flood.js';

/** Far more than the flood lasts: reached only when the writer has died. */
const MOST_SNAPSHOTS = 2_000_000;

/** bytesBefore[n]: bytes of all records below number n. */
const bytesBefore = new Float64Array(FLOOD_CLOSED_SEQ + 2);
for (let seq = 1; seq <= FLOOD_CLOSED_SEQ; seq += 1) {
  bytesBefore[seq + 1] = bytesBefore[seq]! + (seq <= FLOOD_RECORDS ? floodLength(seq) : 0);
}

/** The first thing that is wrong with a snapshot, if any. */
function fault({ chunks, nextSeq, exit, closedSeq, lostBytes, firstRetainedSeq }: Snapshot, afterSeq: number) {
  if (nextSeq > FLOOD_EXIT_SEQ && exit?.seq !== FLOOD_EXIT_SEQ) return 'an exit is covered but not shown';
  if (exit !== undefined && !(exit.exitCode === 7 && exit.sandboxDenied)) return 'an exit is shown in part';
  if (nextSeq > FLOOD_CLOSED_SEQ && closedSeq !== FLOOD_CLOSED_SEQ) return 'a close is covered but not shown';
  if (lostBytes !== bytesBefore[firstRetainedSeq]) return 'the lost bytes are not those before the oldest kept chunk';
  let expected = Math.max(afterSeq + 1, firstRetainedSeq);
  for (const { seq, stream, bytes } of chunks) {
    if (expected === FLOOD_EXIT_SEQ) expected += 1;
    if (seq !== expected) return `chunk ${seq} stands where ${expected} belongs`;
    if (stream !== STREAMS[seq % STREAMS.length]) return `chunk ${seq} has the stream of another`;
    if (Buffer.compare(bytes, floodBytes(seq)) !== 0) return `chunk ${seq} has bytes of another`;
    expected += 1;
  }
  const accounted = expected === FLOOD_EXIT_SEQ && nextSeq > expected ? expected + 1 : expected;
  if (chunks.length > 0 && closedSeq === undefined && nextSeq !== accounted) return 'a number is covered but not shown';
  return undefined;
}

test('snapshots taken during a flood have no corrupt byte, no gap and an exact loss', async (t) => {
  const ring = createRing();
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./flooding-worker.js', import.meta.url), { workerData: { ring, gate } });
  await once(worker, 'message');
  const ended = once(worker, 'exit');
  const reader = new RingReader(ring);
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);

  const faults: string[] = [];
  const progress = new Set<number>();
  let newest = 1;
  let followed = 0;
  let closed = false;
  for (let count = 0; count < MOST_SNAPSHOTS && !closed && faults.length === 0; count += 1) {
    // In turn: everything, what is new since the last, a little of it, and the newest half of the window.
    const afterSeq = [0, followed, followed, Math.max(0, newest - 500)][count % 4]!;
    const snapshot = reader.snapshot(afterSeq, count % 4 === 2 ? 1000 : undefined);
    const wrong = fault(snapshot, afterSeq);
    if (wrong !== undefined) faults.push(wrong);
    if (snapshot.nextSeq - 1 > followed && count % 4 !== 3) followed = snapshot.nextSeq - 1;
    newest = snapshot.nextSeq;
    progress.add(newest);
    closed = snapshot.closedSeq !== undefined;
  }
  t.deepEqual(faults, []);
  t.true(closed, 'the writer came to its end');
  t.true(progress.size > 5, 'the snapshots were taken while the writer wrote');
  t.is(reader.snapshot(0, undefined).nextSeq, FLOOD_CLOSED_SEQ + 1);
  t.deepEqual(await ended, [0]);
});
