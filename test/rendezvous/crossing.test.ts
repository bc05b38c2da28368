import test from 'ava';
import {
  HARNESS_STALL_MS,
  HELD_FOR_EXECUTOR_BYTES,
  HELD_FOR_HARNESS_BYTES,
  RELAY_HANDED_OUT_BYTES,
  ROUTED_STREAM_ID_BYTES,
  USELESS_FRAMES,
} from '#src/protocol/limits.js';
import { decodeFrame } from '#src/relay/frame.js';
import { Crossing } from '#src/rendezvous/crossing.js';
import type { KeyDigest } from '#src/rendezvous/key-digest.js';
import type { RegistrationId } from '#src/rendezvous/storage.js';
import { FakeLink } from './support/fake-link.js';
import { dataOf, frameOf } from './support/frames.js';

const KIB = 1024;

/** A crossing with its executor, and timers that run when the test says so. */
function world(harnesses?: number) {
  const timers = new Map<() => void, number>();
  const crossing = new Crossing({
    ...(harnesses === undefined ? {} : { harnesses }),
    schedule: (act, ms) => {
      timers.set(act, ms);
      return { [Symbol.dispose]: () => timers.delete(act) };
    },
  });
  const addExecutor = (key = 'e') => {
    const link = new FakeLink();
    const pass = { registration: 'reg' as RegistrationId, key: key as KeyDigest };
    return { link, ...crossing.attachExecutor(link, pass) };
  };
  const addHarness = (key: string) => {
    const link = new FakeLink();
    return { link, ...crossing.attachHarness(link, key as KeyDigest) };
  };
  const expire = () => {
    for (const act of [...timers.keys()]) {
      timers.delete(act);
      act();
    }
  };
  return { crossing, timers, expire, addExecutor, addHarness, executor: addExecutor() };
}

const told = ({ sent }: FakeLink) =>
  sent.map(decodeFrame).map(({ streamId, body }) => (body.kind === 'reset' ? `${streamId}: ${body.reason}` : streamId));

test('frames go on as they came, to the end that their stream belongs to', (t) => {
  const { executor, addHarness } = world();
  const [one, two] = [addHarness('1'), addHarness('2')];
  const frames = [frameOf('a'), dataOf('a', 100), frameOf('b')];
  one.message(frames[0]!);
  one.message(frames[1]!);
  two.message(frames[2]!);
  t.deepEqual(new Set(executor.link.sent), new Set(frames));
  const answer = dataOf('b', 10);
  executor.message(answer);
  executor.message(dataOf('nobody', 10));
  t.deepEqual([one.link.sent, two.link.sent], [[], [answer]]);
});

test('when a harness goes its executor hears of it, and frames behind that go nowhere', (t) => {
  const { executor, crossing, addHarness } = world();
  const harness = addHarness('1');
  harness.message(frameOf('a'));
  harness.message(frameOf('b'));
  harness.closed();
  t.deepEqual(told(executor.link), ['a', 'b', 'a: harness_gone', 'b: harness_gone']);
  executor.message(dataOf('a', 10));
  t.deepEqual(crossing.counts, { harnesses: 0, streams: 0, heldBytes: 0 });
});

test('when an executor goes its harnesses are let go, and a new link takes the place of an old one', (t) => {
  const { crossing, executor, addExecutor, addHarness } = world();
  const harness = addHarness('1');
  harness.message(frameOf('a'));
  const next = addExecutor('other');
  t.like(executor.link.closed, { code: 1001 });
  t.like(harness.link.closed, { code: 1013 });
  executor.closed();
  executor.message(frameOf('a'));
  t.is(crossing.executor?.key, 'other' as KeyDigest, 'the end of the old link says nothing about the new one');
  next.closed();
  t.true(crossing.executor === undefined && crossing.isEmpty);
});

test('a stream that another harness has is refused, and the other one keeps it', (t) => {
  const { executor, addHarness } = world();
  const [one, two] = [addHarness('1'), addHarness('2')];
  one.message(frameOf('a'));
  two.message(frameOf('a'));
  t.deepEqual(told(two.link), ['a: stream_refused']);
  executor.message(dataOf('a', 1));
  t.deepEqual([told(one.link), executor.link.sent.length], [['a'], 1]);
});

test('a harness that comes back on another link takes its stream along, without a reset', (t) => {
  const { executor, addHarness } = world();
  const [old, young] = [addHarness('1'), addHarness('1')];
  old.message(frameOf('a'));
  old.message(frameOf('other'));
  young.message(frameOf('a'));
  t.like(old.link.closed, { code: 1008 });
  t.deepEqual(told(executor.link), ['a', 'other', 'other: harness_gone', 'a']);
  executor.message(dataOf('a', 1));
  t.deepEqual([told(old.link), told(young.link)], [[], ['a']]);
});

test('frames of no use go nowhere, and too many end the link', (t) => {
  const { executor, addHarness } = world();
  const useless = [
    new Uint8Array(0),
    Uint8Array.of(0xff, 0xff),
    frameOf(' '),
    frameOf('x'.repeat(ROUTED_STREAM_ID_BYTES + 1)),
  ];
  const harness = addHarness('1');
  for (let n = 0; n < USELESS_FRAMES; n += 1) harness.message(useless[n % useless.length]!);
  t.deepEqual([harness.link.closed, executor.link.sent], [undefined, []]);
  harness.message(frameOf('x'.repeat(ROUTED_STREAM_ID_BYTES)));
  t.is(executor.link.sent.length, 1);
  harness.message(useless[0]!);
  t.like(harness.link.closed, { code: 1008 });
  for (let n = 0; n <= USELESS_FRAMES; n += 1) executor.message(useless[n % useless.length]!);
  t.like(executor.link.closed, { code: 1001 });
});

test('a flooding harness is not read while its share is full, and another one is heard at once', (t) => {
  const { executor, addHarness } = world();
  const [flood, calm] = [addHarness('1'), addHarness('2')];
  let frames = 0;
  for (; !flood.link.paused; frames += 1) flood.message(dataOf('flood', 32 * KIB));
  t.true(frames * 32 * KIB <= RELAY_HANDED_OUT_BYTES + HELD_FOR_EXECUTOR_BYTES + 64 * KIB, `${frames} frames`);
  calm.message(frameOf('calm'));
  t.false(calm.link.paused);
  executor.link.take(2);
  t.true(told(executor.link).slice(-2).includes('calm'));
  executor.link.take();
  t.false(flood.link.paused);
  t.is(executor.link.sent.length, frames + 1, 'nothing is lost');
});

test('an executor is not read while a harness has too much to take, and is again when that has left', (t) => {
  const { executor, timers, crossing, addHarness } = world();
  const harness = addHarness('1');
  harness.message(frameOf('a'));
  let frames = 0;
  for (; !executor.link.paused; frames += 1) executor.message(dataOf('a', 64 * KIB, frames));
  t.true(frames * 64 * KIB <= HELD_FOR_HARNESS_BYTES + 64 * KIB, `${frames} frames`);
  t.deepEqual([...timers.values()], [HARNESS_STALL_MS]);
  harness.link.take();
  t.false(executor.link.paused);
  t.deepEqual([timers.size, crossing.counts.heldBytes, harness.link.sent.length], [0, 0, frames]);
});

test('a harness that takes nothing is cut, and the others go on', (t) => {
  const { executor, timers, expire, crossing, addHarness } = world();
  const [silent, good] = [addHarness('1'), addHarness('2')];
  silent.message(frameOf('silent'));
  good.message(frameOf('good'));
  while (!executor.link.paused) executor.message(dataOf('silent', 64 * KIB));
  executor.message(dataOf('good', 1));
  expire();
  t.like(silent.link.closed, { code: 1008 });
  t.false(executor.link.paused);
  t.is(timers.size, 0);
  t.is(good.link.closed, undefined);
  t.is(told(executor.link).at(-1), 'silent: harness_gone');
  good.link.take();
  silent.link.take();
  t.is(crossing.counts.heldBytes, 0);
});

test('many harnesses that take nothing hold no more than the environment may', (t) => {
  const { executor, expire, crossing, addHarness } = world();
  const silent = Array.from({ length: 100 }, (_, n) => addHarness(String(n)));
  for (const [n, harness] of silent.entries()) harness.message(frameOf(`s${n}`));
  for (let n = 0; !executor.link.paused; n += 1) executor.message(dataOf(`s${n % 100}`, 64 * KIB));
  t.true(crossing.counts.heldBytes < 65 * 1024 * KIB, `${crossing.counts.heldBytes} bytes`);
  while (executor.link.paused) expire();
  t.true(silent.filter(({ link }) => link.closed !== undefined).length <= 3);
});

test('an executor that does not take resets is let go', (t) => {
  const { executor, addHarness } = world();
  for (let n = 0; executor.link.closed === undefined && n < 10_000; n += 1) {
    const harness = addHarness('1');
    for (let stream = 0; stream < 20; stream += 1) harness.message(frameOf(`${n} ${stream} ${'x'.repeat(900)}`));
    harness.closed();
  }
  t.like(executor.link.closed, { reason: 'resets are not taken' });
});

test('an environment has room for so many harnesses', (t) => {
  const { crossing, addHarness } = world(2);
  const first = addHarness('1');
  t.true(crossing.hasRoom);
  addHarness('2');
  t.false(crossing.hasRoom);
  first.closed();
  t.true(crossing.hasRoom);
});

test('its end lets everybody go', (t) => {
  const { crossing, executor, addHarness } = world();
  const harness = addHarness('1');
  crossing.close('bye');
  t.deepEqual([executor.link.closed?.code, harness.link.closed?.code], [1001, 1001]);
  t.true(crossing.isEmpty);
});
