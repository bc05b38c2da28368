import test from 'ava';
import { POOLED_RING_BYTES, POOLED_RINGS, RingPool } from '#src/rings/ring-pool.js';
import { RingReader } from '#src/rings/ring-reader.js';

const output = (length: number) => Buffer.alloc(length, 's');

test('a reused ring shows nothing of the former process', (t) => {
  const pool = new RingPool();
  const first = pool.take();
  for (let seq = 1; seq <= 50; seq += 1) first.append(seq, 'stdout', output(2000));
  first.setExit({ seq: 51, exitCode: 7, sandboxDenied: true });
  first.setClosed(52);
  pool.give(first);

  const second = pool.take();
  t.is(second, first);
  const reader = new RingReader(second.ring);
  t.deepEqual(reader.snapshot(0, undefined), {
    chunks: [],
    nextSeq: 1,
    exit: undefined,
    closedSeq: undefined,
    lostBytes: 0,
    firstRetainedSeq: 1,
  });
  t.is(second.retainedBytes, 0);

  second.append(1, 'pty', Buffer.from('new'));
  t.deepEqual(reader.snapshot(0, undefined).chunks, [{ seq: 1, stream: 'pty', bytes: Buffer.from('new') }]);
});

test('a reused ring counts its own losses from nothing', (t) => {
  const pool = new RingPool();
  const ring = pool.take();
  // Whatever has lost output has grown too large to be pooled, so this one is reset by hand.
  for (let seq = 1; seq <= 40; seq += 1) ring.append(seq, 'stdout', output(65_536));
  t.true(ring.lostBytes > 0);
  ring.reset();
  t.is(ring.lostBytes, 0);
  t.is(ring.lostChunks, 0);
  const reader = new RingReader(ring.ring);
  for (let seq = 1; seq <= 17; seq += 1) ring.append(seq, 'stdout', output(65_536));
  const snapshot = reader.snapshot(0, undefined);
  t.is(snapshot.chunks.length, 16);
  t.is(snapshot.lostBytes, 65_536);
});

test('the ring given back last is taken first', (t) => {
  const pool = new RingPool();
  const rings = [pool.take(), pool.take()] as const;
  for (const ring of rings) pool.give(ring);
  t.is(pool.take(), rings[1]);
  t.is(pool.take(), rings[0]);
});

test('a ring that grew to the limit is kept, one that grew beyond it is dropped', (t) => {
  const pool = new RingPool();
  const kept = pool.take();
  const dropped = pool.take();
  // Records of 8,192 bytes with their header, so that the space is filled exactly.
  for (let seq = 1; seq <= POOLED_RING_BYTES / 8192; seq += 1) {
    kept.append(seq, 'stdout', output(8184));
    dropped.append(seq, 'stdout', output(8184));
  }
  dropped.append(1000, 'stdout', output(1));
  pool.give(dropped);
  t.is(pool.size, 0);
  pool.give(kept);
  t.is(pool.size, 1);
});

test('the pool is bounded', (t) => {
  const pool = new RingPool();
  const rings = Array.from({ length: POOLED_RINGS + 1 }, () => pool.take());
  for (const ring of rings) pool.give(ring);
  t.is(pool.size, POOLED_RINGS);
});
