import test from 'ava';
import fc from 'fast-check';
import type { Body, Frame } from '#src/relay/frame.js';
import { type R1Effect, R1Endpoint } from '#src/relay/r1.js';
import { SentRecords } from '#src/relay/sent-records.js';
import { asStreamId } from '#src/relay/stream-id.js';

const STREAM = asStreamId('s');
const U32_MAX = 2 ** 32 - 1;

const frame = (body: Body, ack = 0, ackBits = 0): Frame => ({ streamId: STREAM, ack, ackBits, body });
const data = (seq: number, ack = 0, ackBits = 0, bytes = 1) =>
  frame({ kind: 'data', seq, payload: Buffer.alloc(bytes, seq) }, ack, ackBits);
const heartbeat = frame({ kind: 'heartbeat' });
const ackFrame = (ack: number, ackBits = 0) => frame({ kind: 'ack' }, ack, ackBits);

function told(effects: readonly R1Effect[]): string[] {
  return effects.map((effect) => {
    if (effect.do === 'deliver') return `deliver ${effect.record[0]}`;
    if (effect.do === 'reset') return `reset: ${effect.cause.message}`;
    const { ack, ackBits, body } = effect.frame;
    const acks = ack === 0 && ackBits === 0 ? '' : ` (${ack}, ${ackBits.toString(2)})`;
    return body.kind === 'data' ? `data ${body.seq}${acks}` : `${body.kind}${acks}`;
  });
}

/** An endpoint at time 0; `known`: its peer has sent a heartbeat, `mutual`: and acknowledged record 0. */
function endpoint(peer: 'plain' | 'known' | 'mutual' = 'plain') {
  const machine = new R1Endpoint(STREAM, 0);
  machine.start(0);
  const send = (now: number, count = 1, bytes = 1) => {
    for (let sent = 0; sent < count; sent += 1) {
      const { seq } = machine.nextRecord();
      machine.sent(now, Buffer.alloc(bytes, seq));
    }
  };
  const receive = (now: number, received: Frame) => told(machine.receive(now, received));
  const tick = (now: number) => told(machine.tick(now));
  if (peer !== 'plain') receive(0, heartbeat);
  if (peer === 'mutual') {
    send(0);
    receive(0, ackFrame(0));
  }
  return { machine, send, receive, tick };
}

const dataOf = (effects: readonly string[]) => effects.filter((effect) => effect.includes('data'));

/** All that an endpoint does up to a time, each with its time. */
function untilTime({ machine, tick }: ReturnType<typeof endpoint>, end: number): string[] {
  const all: string[] = [];
  for (let at = machine.deadline; at !== undefined && at <= end; at = machine.deadline) {
    all.push(...tick(at).map((effect) => `${at}: ${effect}`));
  }
  return all;
}

test('an endpoint begins with a heartbeat, repeats it while nobody answers, and goes on after long silence', (t) => {
  const machine = new R1Endpoint(STREAM, 0);
  t.deepEqual(told(machine.start(0)), ['heartbeat']);
  const beats: number[] = [];
  for (let at = machine.deadline!; at <= 40_000; at = machine.deadline!) {
    t.deepEqual(told(machine.tick(at)), ['heartbeat']);
    beats.push(at);
  }
  t.deepEqual(beats, [500, 1_500, 3_500, 7_500, 22_500, 37_500]);
});

test('whatever leaves puts the heartbeat off', (t) => {
  const end = endpoint();
  untilTime(end, 7_500);
  end.send(20_000);
  t.is(end.machine.deadline, 35_000);
});

test('to a peer that never acknowledges an endpoint is one of 0.169.0', (t) => {
  const bodies = fc.oneof(
    fc
      .record({ seq: fc.nat({ max: 70 }), ack: fc.nat({ max: U32_MAX }), bits: fc.nat({ max: U32_MAX }) })
      .map(({ seq, ack, bits }) => data(seq, ack, bits)),
    fc.nat({ max: U32_MAX }).map((nextSeq) => frame({ kind: 'resume', nextSeq }, nextSeq, nextSeq)),
    fc.constant('send' as const),
  );
  fc.assert(
    fc.property(fc.array(bodies, { maxLength: 200 }), (events) => {
      const { machine, send, receive, tick } = endpoint();
      let now = 0;
      let sent = 0;
      for (const event of events) {
        now += 40;
        if (event === 'send') {
          t.true(machine.canSend);
          t.deepEqual(machine.nextRecord(), { streamId: STREAM, seq: sent, ack: 0, ackBits: 0 });
          send(now);
          sent += 1;
        } else {
          const effects = receive(now, event);
          t.deepEqual(
            effects.filter((effect) => !/^deliver|^reset/.test(effect)),
            [],
          );
          if (effects.some((effect) => effect.startsWith('reset'))) return;
        }
        t.deepEqual(
          tick(now).filter((effect) => effect !== 'heartbeat' && !effect.startsWith('reset')),
          [],
        );
        t.false(machine.peerSpeaksR1);
      }
    }),
    { seed: 7 },
  );
  t.pass();
});

test('to such a peer any number of records may leave', (t) => {
  const { machine, send } = endpoint();
  send(0, 2_000, 10_000);
  t.true(machine.canSend);
});

test('from such a peer 64 ahead are held, 65 are not', (t) => {
  const { machine, receive } = endpoint();
  t.deepEqual(receive(0, data(64)), []);
  t.deepEqual(receive(0, data(65)), ['reset: Noise relay ciphertext exceeds reorder window']);
  t.deepEqual(receive(0, data(0)), []);
  t.is(machine.deadline, undefined);
  t.false(machine.canSend);
});

test('from a peer that speaks R1, 256 ahead are held, 257 are not', (t) => {
  const { receive } = endpoint('known');
  t.deepEqual(receive(0, data(256)), []);
  t.deepEqual(receive(0, data(257)), ['reset: Noise relay ciphertext exceeds reorder window']);
});

for (const first of [heartbeat, ackFrame(U32_MAX)]) {
  test(`a peer that sends ${first.body.kind === 'ack' ? 'an ack' : 'a heartbeat'} speaks R1, and is told that we do`, (t) => {
    const { machine, receive } = endpoint();
    t.deepEqual(receive(9_000, first), ['heartbeat']);
    t.true(machine.peerSpeaksR1);
    t.deepEqual(receive(9_000, first), []);
  });
}

test('8 records are acknowledged together, fewer after 25 ms', (t) => {
  const end = endpoint('mutual');
  for (let seq = 0; seq < 7; seq += 1) t.deepEqual(end.receive(seq, data(seq)), [`deliver ${seq}`]);
  t.deepEqual(end.receive(7, data(7)), ['deliver 7', 'ack (7, 0)']);
  t.deepEqual(end.receive(100, data(8)), ['deliver 8']);
  t.is(end.machine.deadline, 125);
  t.deepEqual(end.tick(125), ['ack (8, 0)']);
});

test('a gap, a record that fills it, a duplicate and a heartbeat are acknowledged at once', (t) => {
  const { receive } = endpoint('mutual');
  receive(0, data(0));
  t.deepEqual(receive(1, data(2)), ['ack (0, 10)']);
  t.deepEqual(receive(1, data(4)), ['ack (0, 1010)']);
  t.deepEqual(receive(1, data(1)), ['deliver 1', 'deliver 2', 'ack (2, 10)']);
  t.deepEqual(receive(1, data(1)), ['ack (2, 10)']);
  t.deepEqual(receive(1, heartbeat), ['ack (2, 10)']);
});

test('before record 0 has come nothing is acknowledged, for its 0 would mean that record', (t) => {
  const { receive, tick } = endpoint('mutual');
  t.deepEqual(receive(0, data(1)), []);
  t.deepEqual(receive(0, heartbeat), []);
  t.deepEqual(tick(100), []);
  t.deepEqual(receive(200, data(0)), ['deliver 0', 'deliver 1', 'ack (1, 0)']);
});

test('record 0 alone is acknowledged by a frame of its own', (t) => {
  const { machine, receive, tick } = endpoint('mutual');
  receive(0, data(0));
  const effects = machine.receive(1, heartbeat);
  t.deepEqual(
    effects.map((effect) => effect.do === 'send' && effect.frame),
    [ackFrame(0)],
  );
  t.deepEqual(tick(30), []);
});

test('a record takes the acknowledgement along, unless that is of record 0 alone', (t) => {
  const { machine, send, receive, tick } = endpoint('mutual');
  receive(0, data(0));
  t.like(machine.nextRecord(), { ack: 0, ackBits: 0 });
  send(1);
  t.is(tick(25).length, 1);
  receive(30, data(1));
  t.like(machine.nextRecord(), { ack: 1, ackBits: 0 });
  send(31);
  t.deepEqual(tick(60), []);
});

test('a record that is not acknowledged leaves again every second while nothing is known of the way', (t) => {
  const end = endpoint('mutual');
  end.send(0);
  t.deepEqual(dataOf(untilTime(end, 3_500)), ['1000: data 1', '2000: data 1', '3000: data 1']);
});

test('over a short way it leaves again after 200 ms, then after twice as long each time, up to a second', (t) => {
  const end = endpoint('mutual');
  end.send(0);
  end.receive(20, ackFrame(1));
  end.send(100);
  const times = [300, 700, 1_500, 2_500, 3_500];
  t.deepEqual(
    dataOf(untilTime(end, 4_000)),
    times.map((time) => `${time}: data 2`),
  );
});

test('over a long way it is waited for longer: the time of the way, four times its variation, and 25 ms', (t) => {
  const end = endpoint('mutual');
  end.send(0);
  end.receive(800, ackFrame(1));
  end.send(1_000);
  t.deepEqual(dataOf(untilTime(end, 4_000)), ['3425: data 2']);
});

test('what was sent again says nothing about the way', (t) => {
  const end = endpoint('mutual');
  end.send(0);
  untilTime(end, 1_000);
  end.receive(1_010, ackFrame(1));
  end.send(1_100);
  t.deepEqual(dataOf(untilTime(end, 4_000)), ['3100: data 2']);
});

test('acknowledged records do not leave again', (t) => {
  const end = endpoint('mutual');
  end.send(0, 4);
  end.receive(10, ackFrame(1, 0b10));
  t.deepEqual(
    untilTime(end, 300).filter((effect) => effect.includes('data')),
    ['200: data 2', '200: data 4'],
  );
});

test('what leaves again has the same bytes and fresh acknowledgements', (t) => {
  const { machine, receive } = endpoint('mutual');
  const sealed = Buffer.from('sealed');
  machine.nextRecord();
  machine.sent(0, sealed);
  receive(0, data(0));
  receive(0, data(1));
  const [, again] = machine.tick(1_000);
  t.deepEqual(again, { do: 'send', frame: frame({ kind: 'data', seq: 1, payload: sealed }, 1) });
});

test('three acknowledgements of later records make one leave early', (t) => {
  const { send, receive } = endpoint('mutual');
  send(0, 5);
  t.deepEqual(receive(10, ackFrame(0, 0b10)), []);
  t.deepEqual(receive(12, ackFrame(0, 0b110)), []);
  t.deepEqual(receive(14, ackFrame(0, 0b1110)), ['data 1']);
  t.deepEqual(receive(14, ackFrame(0, 0b1110)), []);
});

test('a record that was only overtaken a moment ago is given the time of the way, and a quarter', (t) => {
  const end = endpoint('mutual');
  end.send(0, 2);
  for (let count = 0; count < 3; count += 1) t.deepEqual(end.receive(100, ackFrame(0, 0b10)), []);
  t.deepEqual(dataOf(untilTime(end, 200)), ['125: data 1']);
});

test('8 records leave again in 20 ms, no more', (t) => {
  const end = endpoint('mutual');
  end.send(0, 20);
  t.is(dataOf(end.tick(1_000)).length, 8);
  t.is(end.machine.deadline, 1_020);
  t.is(end.tick(1_019).length, 0);
  t.is(end.tick(1_020).length, 8);
  t.is(end.tick(1_040).length, 4);
});

test('256 records may be under way, counted from the oldest, also when all behind it are acknowledged', (t) => {
  const { machine, send, receive } = endpoint('mutual');
  send(0, 255);
  t.true(machine.canSend);
  send(0);
  t.false(machine.canSend);
  receive(0, ackFrame(0, 0xffff_fffe));
  t.false(machine.canSend);
  receive(0, ackFrame(1));
  t.true(machine.canSend);
  receive(0, ackFrame(256));
  send(0, 256);
  t.false(machine.canSend);
});

test('8 MiB may be under way, and the record that passes them', (t) => {
  const { machine, send, receive } = endpoint('mutual');
  send(0, 128, 1 << 16);
  t.true(machine.canSend);
  send(0, 1, 1);
  t.false(machine.canSend);
  receive(0, ackFrame(1));
  t.true(machine.canSend);
});

test('a peer of which it is not sure that it knows us gets no more than anybody holds', (t) => {
  const { machine, send, receive } = endpoint('known');
  send(0, 63);
  t.true(machine.canSend);
  send(0);
  t.false(machine.canSend);
  receive(0, ackFrame(0));
  t.true(machine.canSend);
});

test('absurd acknowledgements are not heard', (t) => {
  const end = endpoint('mutual');
  end.send(0, 2);
  for (const ack of [3, 4, U32_MAX]) end.receive(0, ackFrame(ack, U32_MAX));
  end.receive(0, data(0, 0, 0));
  t.is(dataOf(end.tick(1_000)).length, 2);
});

test('bits of records that were never sent mean nothing', (t) => {
  const end = endpoint('mutual');
  end.send(0, 2);
  end.receive(0, ackFrame(1, U32_MAX));
  end.send(0, 1);
  t.deepEqual(
    untilTime(end, 300).filter((effect) => effect.includes('data')),
    ['200: data 3'],
  );
});

test('what left before the peer was known is sent again: the last 64 records', (t) => {
  const end = endpoint();
  end.send(0, 70);
  end.receive(100, heartbeat);
  const resent = untilTime(end, 1_500).flatMap((effect) => /data (\d+)/.exec(effect)?.[1] ?? []);
  t.is(resent[0], '6');
  t.is(new Set(resent).size, 32);
});

test('what a peer seems to acknowledge before it has shown that it speaks R1 is kept', (t) => {
  const end = endpoint();
  end.send(0, 2);
  end.receive(1, data(0, 1, 0));
  end.receive(1, heartbeat);
  t.is(dataOf(end.tick(1_001)).length, 2);
});

test('of what left before the peer was known no more than 1 MiB is kept', (t) => {
  const sent = new SentRecords();
  for (let seq = 0; seq < 20; seq += 1) sent.add(0, Buffer.alloc(1 << 16));
  sent.peerSpeaksR1(0);
  t.is(sent.resend(2_000)[0]?.seq, 4);
});

test('a gap that stays for 10 s ends the stream, with any peer', (t) => {
  for (const peer of ['plain', 'known', 'mutual'] as const) {
    const { receive, tick } = endpoint(peer);
    receive(5, data(1));
    t.false(tick(10_004).some((effect) => effect.startsWith('reset')));
    t.deepEqual(tick(10_005), ['reset: Noise relay record is missing']);
    t.deepEqual(tick(20_000), []);
  }
});

test('a gap that moves has 10 s again, one that closes has none', (t) => {
  const { receive, tick } = endpoint();
  receive(0, data(1));
  receive(1, data(3));
  receive(9_000, data(0));
  t.false(tick(18_999).some((effect) => effect.startsWith('reset')));
  receive(18_999, data(2));
  t.false(tick(60_000).some((effect) => effect.startsWith('reset')));
});

test('10 s without progress end a stream whose records are not acknowledged', (t) => {
  const end = endpoint('mutual');
  end.send(1_000, 2);
  end.receive(3_000, ackFrame(1));
  t.is(untilTime(end, 12_999).filter((effect) => effect.includes('reset')).length, 0);
  t.deepEqual(untilTime(end, 13_000), ['13000: reset: Noise relay records are not acknowledged']);
});

test('who has no room says what it has in order, without bits, twice a second at most', (t) => {
  const { machine, receive } = endpoint('mutual');
  const busy = (now: number) => machine.busy(now).map((effect) => effect.do === 'send' && effect.frame);
  t.deepEqual(busy(0), [heartbeat]);
  receive(0, data(0));
  receive(0, data(2));
  t.deepEqual(busy(499), []);
  t.deepEqual(busy(500), [ackFrame(0)]);
  t.deepEqual(busy(999), []);
  receive(999, data(1));
  t.deepEqual(busy(1_000), [ackFrame(2)]);
});

test('who is busy says nothing to a peer of 0.169.0, nor after its end', (t) => {
  const plain = endpoint();
  plain.receive(0, data(0));
  t.deepEqual(plain.machine.busy(0), []);
  const ended = endpoint('mutual');
  ended.machine.end();
  t.deepEqual(ended.machine.busy(0), []);
});

test('a gap is waited for anew when a record was not taken, for that may have been the missing one', (t) => {
  const { machine, receive, tick } = endpoint('mutual');
  receive(0, data(1));
  machine.busy(9_000);
  t.false(tick(18_999).some((effect) => effect.startsWith('reset')));
  t.deepEqual(tick(19_000), ['reset: Noise relay record is missing']);
});

test('a record that is not taken acknowledges all the same', (t) => {
  const end = endpoint('mutual');
  end.send(0, 2);
  end.machine.busy(0, data(0, 2));
  t.deepEqual(dataOf(untilTime(end, 3_000)), []);
});

const noNews: [what: string, said: Frame, endsAt: number][] = [
  ['an acknowledgement of what is known already', ackFrame(1), 19_000],
  ['the same with bits, which show a gap that stays,', ackFrame(1, 0b10), 11_000],
  ['an acknowledgement of long ago', ackFrame(0), 11_000],
  ['one of what was never sent', ackFrame(4), 11_000],
  ['a heartbeat that says the same', frame({ kind: 'heartbeat' }, 1), 19_000],
  ['a heartbeat that says nothing, where something was acknowledged,', heartbeat, 11_000],
  ['a record that says the same', data(0, 1), 11_000],
];
for (const [what, said, endsAt] of noNews) {
  test(`${what} ${endsAt > 11_000 ? 'shows a peer that lives: 10 s begin anew' : 'puts no end off'}`, (t) => {
    const end = endpoint('mutual');
    end.send(1_000, 3);
    end.receive(1_000, ackFrame(1, 0b10));
    untilTime(end, 8_999);
    end.receive(9_000, said);
    const reset = untilTime(end, 60_000).find((effect) => effect.includes('reset'));
    t.is(reset, `${endsAt}: reset: Noise relay records are not acknowledged`);
  });
}

test('a heartbeat that says nothing shows a peer that lives while it has taken nothing yet', (t) => {
  const end = endpoint('known');
  end.send(0, 2);
  untilTime(end, 8_999);
  end.receive(9_000, heartbeat);
  const reset = untilTime(end, 60_000).find((effect) => effect.includes('reset'));
  t.is(reset, '19000: reset: Noise relay records are not acknowledged');
});

test('while a peer says that it waits only the two lowest records are tried, and all again when it takes one', (t) => {
  const end = endpoint('mutual');
  end.send(0, 6);
  end.receive(0, ackFrame(0));
  t.deepEqual(dataOf(untilTime(end, 2_000)), ['1000: data 1', '1000: data 2', '2000: data 1', '2000: data 2']);
  end.receive(2_000, ackFrame(0));
  t.deepEqual(dataOf(untilTime(end, 3_000)), ['3000: data 1', '3000: data 2']);
  t.deepEqual(end.receive(3_010, ackFrame(1)), ['data 3', 'data 4', 'data 5', 'data 6']);
});

test('nothing to acknowledge, nothing to wait for', (t) => {
  const end = endpoint('mutual');
  t.is(untilTime(end, 49_999).filter((effect) => !effect.endsWith('heartbeat')).length, 0);
});

test('a peer that speaks R1 and is heard no more is given up, and a heartbeat is enough to be heard', (t) => {
  const end = endpoint('mutual');
  end.receive(40_000, heartbeat);
  t.false(untilTime(end, 89_999).some((effect) => effect.startsWith('reset')));
  t.deepEqual(end.tick(90_000), ['reset: Noise relay peer is silent']);
});

test('a peer that does not speak R1 may be silent for ever', (t) => {
  t.is(untilTime(endpoint('plain'), 1_000_000).filter((effect) => !effect.endsWith('heartbeat')).length, 0);
});

test('the last number is used, and none after it', (t) => {
  const sent = new SentRecords(U32_MAX);
  t.is(sent.number(), U32_MAX);
  sent.add(0, Buffer.alloc(1));
  t.throws(() => sent.number(), { code: 'streamFailed', message: 'Noise relay sequence number exhausted' });
});

test('memory is given back once: when a record is acknowledged, or left out, or the stream ends', (t) => {
  const given: string[] = [];
  const sent = new SentRecords();
  const add = (name: string, bytes = 1) => sent.add(0, Buffer.alloc(bytes), () => given.push(name));
  add('too old', 1 << 20);
  for (const name of ['a', 'b', 'c', 'd']) add(name);
  t.deepEqual(given, ['too old']);
  sent.peerSpeaksR1(0);
  sent.acknowledge(1, { ack: 1, ackBits: 0b10 });
  sent.acknowledge(2, { ack: 1, ackBits: 0b10 });
  t.deepEqual(given, ['too old', 'a', 'c']);
  sent.clear();
  sent.clear();
  t.deepEqual(given, ['too old', 'a', 'c', 'b', 'd']);

  const { machine } = endpoint('mutual');
  machine.end();
  machine.sent(0, Buffer.alloc(1), () => given.push('late'));
  t.is(given.at(-1), 'late');
});

test('an endpoint that was ended does nothing', (t) => {
  const { machine, send, receive, tick } = endpoint('mutual');
  send(0, 2);
  machine.end();
  t.deepEqual([...receive(0, data(0)), ...tick(1_000)], []);
  t.is(machine.deadline, undefined);
  t.false(machine.canSend);
});

test('resumes, resets and handshakes are not for it', (t) => {
  const { receive } = endpoint('mutual');
  const bodies: Body[] = [
    { kind: 'resume', nextSeq: 0 },
    { kind: 'reset', reason: 'r' },
    { kind: 'handshake', payload: Buffer.alloc(1) },
  ];
  for (const body of bodies) t.deepEqual(receive(0, frame(body)), []);
});
