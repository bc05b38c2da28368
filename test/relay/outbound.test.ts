import test from 'ava';
import fc from 'fast-check';
import {
  R1_WINDOW_RECORDS,
  RELAY_CONTROL_BYTES,
  RELAY_CONTROL_FRAMES,
  RELAY_HANDED_OUT_BYTES,
  RELAY_RECORD_BYTES,
  RELAY_STREAM_QUEUE_BYTES,
} from '#src/protocol/limits.js';
import type { Frame } from '#src/relay/frame.js';
import { encodeFrame, frameBytesAtMost } from '#src/relay/frame-writer.js';
import { Outbound } from '#src/relay/outbound.js';
import { asStreamId } from '#src/relay/stream-id.js';

interface Item {
  readonly name: string;
  readonly bytes: number;
}

const frame = (reason: string): Frame => ({
  streamId: asStreamId('s'),
  ack: 0,
  ackBits: 0,
  body: { kind: 'reset', reason },
});
const item = (name: string, bytes = 1): Item => ({ name, bytes });
const full = (count: number) => Array.from({ length: count }, () => item('full', RELAY_RECORD_BYTES));

function outbound(...keys: string[]) {
  const machine = new Outbound<string, Item>();
  for (const key of keys) machine.open(key, asStreamId(key));
  /** The name of what leaves, and its bytes. */
  const take = () => {
    const turn = machine.take();
    if (turn === undefined) return undefined;
    if (turn.what === 'record') return { name: turn.item.name, bytes: turn.bytes, flows: turn.flows };
    const { body } = turn.frame;
    return { name: body.kind === 'reset' ? body.reason : body.kind, bytes: turn.bytes, flows: false };
  };
  /** All that leaves, while the kernel takes everything at once. */
  const drain = (most = Number.POSITIVE_INFINITY) => {
    const names: string[] = [];
    while (names.length < most) {
      const turn = take();
      if (turn === undefined) return names;
      machine.accepted(turn.bytes);
      names.push(turn.name);
    }
    return names;
  };
  return { machine, take, drain };
}

test('streams take turns, one record each', (t) => {
  const { machine, drain } = outbound('a', 'b', 'c');
  machine.push('a', [item('a1'), item('a2'), item('a3')]);
  machine.push('b', [item('b1')]);
  machine.push('c', [item('c1'), item('c2')]);
  t.deepEqual(drain(), ['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
});

test('a small message passes a flood after one record', (t) => {
  const { machine, drain } = outbound('flood', 'small');
  machine.push('flood', full(16));
  t.deepEqual(drain(3), ['full', 'full', 'full']);
  machine.push('small', [item('small')]);
  t.deepEqual(drain(2), ['full', 'small']);
});

test('control frames go first', (t) => {
  const { machine, drain } = outbound('a');
  machine.push('a', [item('a1'), item('a2')]);
  t.deepEqual(drain(1), ['a1']);
  t.true(machine.control(frame('reset')));
  t.deepEqual(drain(), ['reset', 'a2']);
});

test('the socket gets 256 KiB beyond what the kernel took', (t) => {
  const { machine, take } = outbound('a');
  machine.push('a', full(10));
  const taken = [take(), take(), take(), take()];
  t.true(taken.every((turn) => turn !== undefined));
  t.is(take(), undefined);
  t.true(machine.control(frame('reset')));
  t.is(take()?.name, 'reset');
  t.is(take(), undefined);
  t.true(machine.handedOutBytes <= RELAY_HANDED_OUT_BYTES);
  machine.accepted(taken[0]!.bytes);
  t.is(take()?.name, 'full');
  t.is(take(), undefined);
});

test('exactly 256 KiB are handed out, one byte more is not', (t) => {
  const { machine, take } = outbound('a');
  machine.push('a', [item('first'), item('second', 1), item('third')]);
  const first = take()!;
  machine.push('a', []);
  const second = take()!;
  machine.accepted(first.bytes + second.bytes);
  const rest = RELAY_HANDED_OUT_BYTES - first.bytes;
  const overhead = first.bytes - 1;
  for (const [extra, leaves] of [
    [0, true],
    [1, false],
  ] as const) {
    const it = outbound('a');
    it.machine.push('a', [item('first'), item('large', rest - overhead + extra)]);
    it.take();
    t.is(it.take() !== undefined, leaves);
  }
});

test('a frame larger than all that finds room in an empty socket', (t) => {
  const { machine, take } = outbound('a');
  machine.push('a', [item('huge', 2 * RELAY_HANDED_OUT_BYTES), item('next')]);
  t.is(take()?.name, 'huge');
  t.is(take(), undefined);
});

test('above 1 MiB a stream is told to pause, others are not', (t) => {
  const { machine } = outbound('a', 'b');
  t.is(machine.push('a', [item('x', RELAY_STREAM_QUEUE_BYTES)]), 'flow');
  t.is(machine.push('a', [item('y', 1)]), 'pause');
  t.is(machine.push('b', [item('z', 1)]), 'flow');
  t.is(machine.queuedBytes('a'), RELAY_STREAM_QUEUE_BYTES + 1);
});

test('it flows again when half of that has left, and is told once', (t) => {
  const { machine, take } = outbound('a');
  const part = RELAY_STREAM_QUEUE_BYTES / 4;
  const push = (bytes: number) => machine.push('a', [item('part', bytes)]);
  for (const bytes of [part, part, part, part, 1]) push(bytes);
  const flows: boolean[] = [];
  for (let turn = take(); turn !== undefined; turn = take()) {
    machine.accepted(turn.bytes);
    flows.push(turn.flows);
    if (flows.length === 1) t.is(push(1), 'pause');
  }
  t.deepEqual(flows, [false, false, true, false, false, false]);
  t.is(push(1), 'flow');
});

test('a stream that is held lets others pass, and keeps its records', (t) => {
  const { machine, drain } = outbound('a', 'b');
  machine.push('a', [item('a1'), item('a2')]);
  machine.push('b', [item('b1')]);
  machine.hold('a', true);
  t.deepEqual(drain(), ['b1']);
  machine.hold('a', false);
  t.deepEqual(drain(), ['a1', 'a2']);
});

test('what is sent again leaves in its stream’s turn, before new records and also when that is held', (t) => {
  const { machine, drain } = outbound('a', 'b');
  machine.push('a', [item('a1')]);
  machine.push('b', [item('b1'), item('b2')]);
  machine.hold('a', true);
  machine.again('a', frame('again'));
  t.deepEqual(drain(), ['again', 'b1', 'b2']);
  machine.again('a', frame('again'));
  machine.hold('a', false);
  t.deepEqual(drain(), ['again', 'a1']);
});

test('as much as a window waits to be sent again, no more', (t) => {
  const { machine, drain } = outbound('a');
  for (let count = 0; count <= R1_WINDOW_RECORDS; count += 1) machine.again('a', frame('again'));
  t.is(drain().length, R1_WINDOW_RECORDS);
});

test('a closed stream leaves nothing behind, and gives its records back', (t) => {
  const { machine, drain } = outbound('a', 'b');
  machine.push('a', [item('a1'), item('a2')]);
  machine.push('b', [item('b1')]);
  machine.again('a', frame('again'));
  t.deepEqual(machine.close('a'), [item('a1'), item('a2')]);
  t.deepEqual(machine.close('a'), []);
  t.is(machine.push('a', [item('late')]), 'flow');
  machine.again('a', frame('late'));
  machine.hold('a', true);
  t.deepEqual(drain(), ['b1']);
  machine.open('a', asStreamId('a'));
  machine.push('a', [item('new')]);
  t.deepEqual(drain(), ['new']);
});

test('4096 control frames wait, the next is refused', (t) => {
  const { machine, drain } = outbound();
  for (let count = 0; count < RELAY_CONTROL_FRAMES; count += 1) t.true(machine.control(frame('r')));
  t.false(machine.control(frame('r')));
  t.is(drain(1).length, 1);
  t.true(machine.control(frame('r')));
});

test('4 MiB of control frames wait, one byte more is refused', (t) => {
  const { machine } = outbound();
  const empty = frameBytesAtMost(frame(''));
  const part = RELAY_CONTROL_BYTES / 64 - empty;
  for (let count = 0; count < 63; count += 1) t.true(machine.control(frame('r'.repeat(part))));
  t.false(machine.control(frame('r'.repeat(part + 1))));
  t.true(machine.control(frame('r'.repeat(part))));
  t.false(machine.control(frame('')));
});

test('a frame is never longer than it is counted', (t) => {
  const payload = Buffer.alloc(300);
  const bodies: Frame['body'][] = [
    { kind: 'data', seq: 2 ** 32 - 1, payload },
    { kind: 'handshake', payload },
    { kind: 'reset', reason: 'ü' },
    { kind: 'ack' },
    { kind: 'heartbeat' },
    { kind: 'resume', nextSeq: 2 ** 32 - 1 },
  ];
  for (const body of bodies) {
    const sent = { streamId: asStreamId('é'), ack: 2 ** 32 - 1, ackBits: 2 ** 32 - 1, body };
    t.true(encodeFrame(sent).length <= frameBytesAtMost(sent), body.kind);
  }
});

test('whatever is queued, each stream’s records leave in order, and none waits longer than a round', (t) => {
  const keys = ['a', 'b', 'c'] as const;
  const pushes = fc.array(fc.tuple(fc.constantFrom(...keys), fc.nat({ max: 4 })), { maxLength: 40 });
  fc.assert(
    fc.property(pushes, (pushes) => {
      const { machine, drain } = outbound(...keys);
      const counts = { a: 0, b: 0, c: 0 };
      const left: string[] = [];
      for (const [key, count] of pushes) {
        machine.push(
          key,
          Array.from({ length: count }, () => item(`${key}${counts[key]++}`)),
        );
        left.push(...drain(1));
      }
      const rest = drain();
      left.push(...rest);
      for (const key of keys) {
        const own = left.filter((name) => name.startsWith(key));
        t.deepEqual(
          own,
          Array.from({ length: counts[key] }, (_, index) => `${key}${index}`),
        );
      }
      const last = new Map(rest.map((name, index) => [name[0]!, index]));
      for (const [index, name] of rest.entries()) {
        if (index === 0 || name[0] !== rest[index - 1]![0]) continue;
        t.true(
          [...last].every(([key, end]) => key === name[0] || end < index),
          rest.join(' '),
        );
      }
    }),
    { seed: 9 },
  );
  t.pass();
});
