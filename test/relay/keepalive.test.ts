import test from 'ava';
import { LinkKeepalive } from '#src/relay/keepalive.js';

const SECOND = 1_000;

/** What is said at each of these seconds. */
const said = (keepalive: LinkKeepalive, ...seconds: number[]) =>
  seconds.map((at) => keepalive.tick(at * SECOND) ?? '-');

/** Something else than a pong comes at each of these seconds. */
const saidWhileHeard = (keepalive: LinkKeepalive, ...seconds: number[]) =>
  seconds.map((at) => {
    keepalive.heard(at * SECOND);
    return keepalive.tick(at * SECOND) ?? '-';
  });

test('a link is pinged after 30 s, and every 30 s while it answers', (t) => {
  const keepalive = new LinkKeepalive(0);
  for (const at of [30, 60, 90]) {
    t.is(keepalive.deadline, at * SECOND);
    t.deepEqual(said(keepalive, at - 0.001, at, at), ['-', 'ping', '-']);
    keepalive.pingWritten(at * SECOND);
    keepalive.heard(at * SECOND);
    keepalive.ponged();
  }
});

test('a link on which nothing comes is over after 50 s, before the pong is due', (t) => {
  t.deepEqual(said(new LinkKeepalive(0), 30, 49.999, 50), ['ping', '-', 'pong_timeout']);
  const keepalive = new LinkKeepalive(0);
  keepalive.heard(20 * SECOND);
  t.deepEqual(said(keepalive, 30, 69.999), ['ping', '-']);
  t.is(keepalive.deadline, 70 * SECOND);
  t.deepEqual(said(keepalive, 70), ['pong_timeout']);
});

test('whoever slept for long asks first, and waits for 20 s', (t) => {
  const keepalive = new LinkKeepalive(0);
  keepalive.heard(SECOND);
  t.deepEqual(said(keepalive, 100), ['ping']);
  t.deepEqual(said(keepalive, 119.999, 120), ['-', 'pong_timeout']);
});

test('no ping follows one that is unanswered, and 60 s after that was written the link is over', (t) => {
  const keepalive = new LinkKeepalive(0);
  t.is(keepalive.tick(30 * SECOND), 'ping');
  keepalive.pingWritten(30 * SECOND);
  t.deepEqual(saidWhileHeard(keepalive, 60, 89.999, 90), ['-', '-', 'pong_timeout']);
});

test('the time for a pong begins when the ping is written', (t) => {
  const keepalive = new LinkKeepalive(0);
  keepalive.tick(30 * SECOND);
  keepalive.pingWritten(40 * SECOND);
  t.deepEqual(saidWhileHeard(keepalive, 90, 99.999, 100), ['-', '-', 'pong_timeout']);
});

test('a pong that was not asked for does no harm, and one that is early counts', (t) => {
  const keepalive = new LinkKeepalive(0);
  keepalive.ponged();
  keepalive.tick(30 * SECOND);
  keepalive.ponged();
  keepalive.pingWritten(31 * SECOND);
  t.deepEqual(saidWhileHeard(keepalive, 60), ['ping']);
});

test('a late pong lets the next ping leave at its usual time', (t) => {
  const keepalive = new LinkKeepalive(0);
  keepalive.tick(30 * SECOND);
  keepalive.pingWritten(30 * SECOND);
  t.deepEqual(saidWhileHeard(keepalive, 60), ['-']);
  keepalive.ponged();
  t.deepEqual(saidWhileHeard(keepalive, 65, 90), ['-', 'ping']);
});

test('rounds that were missed are not made up for', (t) => {
  const keepalive = new LinkKeepalive(0);
  t.deepEqual(saidWhileHeard(keepalive, 100), ['ping']);
  keepalive.ponged();
  t.deepEqual(said(keepalive, 101, 119, 120), ['-', '-', 'ping']);
});

test('a write that takes 60 s ends the link', (t) => {
  const keepalive = new LinkKeepalive(0);
  keepalive.writing(10 * SECOND);
  keepalive.writing(20 * SECOND);
  t.deepEqual(saidWhileHeard(keepalive, 30, 69.999, 70), ['ping', '-', 'write_error']);
});

test('a write has its time from when those before it were done', (t) => {
  const keepalive = new LinkKeepalive(0);
  keepalive.writing(0);
  keepalive.writing(0);
  keepalive.tick(30 * SECOND);
  keepalive.written(50 * SECOND);
  t.deepEqual(saidWhileHeard(keepalive, 60, 109.999, 110), ['-', '-', 'write_error']);
  keepalive.written(110 * SECOND);
  t.deepEqual(saidWhileHeard(keepalive, 400), ['-']);
});

test('a write that begins while a pong is due has until then', (t) => {
  const keepalive = new LinkKeepalive(0);
  keepalive.tick(30 * SECOND);
  keepalive.pingWritten(30 * SECOND);
  keepalive.writing(80 * SECOND);
  keepalive.heard(55 * SECOND);
  t.is(keepalive.deadline, 60 * SECOND);
  t.deepEqual(said(keepalive, 60), ['-']);
  t.is(keepalive.deadline, 90 * SECOND);
  keepalive.ponged();
  t.deepEqual(said(keepalive, 90), ['write_error']);
});
