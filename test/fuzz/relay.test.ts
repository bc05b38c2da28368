/** Whatever comes over a link to a rendezvous: frames are read or dropped, streams fail alone, and limits hold. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import test from 'ava';
import { R1_REORDER_BYTES, RELAY_RECORD_BYTES, RELAY_STREAMS, RELAY_VALIDATIONS } from '#src/protocol/limits.js';
import { Demultiplexer, type DemultiplexerEffect, type DemultiplexerInput } from '#src/relay/demultiplexer.js';
import { RelayError } from '#src/relay/errors.js';
import { decodeFrame, type Frame } from '#src/relay/frame.js';
import { encodeFrame } from '#src/relay/frame-writer.js';
import { MessageAssembler } from '#src/relay/message-assembler.js';
import { type R1Effect, R1Endpoint } from '#src/relay/r1.js';
import { asStreamId } from '#src/relay/stream-id.js';
import { fuzz } from './support/cases.js';
import type { Chance } from './support/chance.js';
import { bodyBy, hostileFrame } from './support/frames.js';
import { damagedBytes } from './support/wire-fields.js';

test.serial(
  'any bytes are a frame, which says the same when it is written again, or are told to be none',
  async (t) => {
    await fuzz(t, 50_000, (chance) => {
      const frame = frameOrNone(hostileFrame(chance.pick(STREAMS), bodyBy(chance), chance));
      if (frame !== undefined) deepEqual(decodeFrame(encodeFrame(frame)), frame);
    });
  },
);

test.serial(
  'whatever frames and answers come in whatever order, limits hold, and everything that began ends',
  async (t) => {
    await fuzz(t, 3_000, (chance) => {
      const machine = new Demultiplexer();
      const begun = { attempts: new Set<number>(), instances: new Set<number>() };
      let now = 0;
      let last = 0;
      const step = (input: DemultiplexerInput) => {
        for (const effect of machine.step(now, input)) {
          note(effect, begun);
          if (effect.do === 'open') last = Math.max(last, effect.attempt);
          if (effect.do === 'activate') last = Math.max(last, effect.instance);
        }
        ok(machine.runningValidations <= RELAY_VALIDATIONS && machine.activeStreams <= RELAY_STREAMS);
      };
      // Some links are all handshakes, in others much else comes between.
      const flood = chance.pick([2, 3, 30]);
      for (let left = chance.between(1, 600); left > 0; left -= 1) {
        now += chance.pick([0, 1, 1_000, 20_000]);
        const number = chance.between(Math.max(0, last - 20), last + 1);
        const input = chance.oneIn(flood) ? answerInput(number, chance) : frameInput(chance);
        if (input !== undefined) step(input);
      }
      step({ type: 'linkEnded' });
      deepEqual([...begun.attempts, ...begun.instances], []);
      equal(machine.activeStreams + machine.runningValidations, 0);
    });
  },
);

test.serial(
  'an endpoint delivers records once and in order, whatever else it is told, and holds no more than it may',
  async (t) => {
    await fuzz(t, 10_000, (chance) => {
      const endpoint = new R1Endpoint(asStreamId('s'), 0);
      let now = 0;
      let delivered = 0;
      let over = false;
      const perform = (effects: readonly R1Effect[]) => {
        for (const effect of effects) {
          ok(!over, 'nothing follows a reset');
          if (effect.do === 'deliver') equal(Buffer.from(effect.record).readUInt32BE(), delivered++);
          else if (effect.do === 'reset') over = true;
          else encodeFrame(effect.frame);
        }
        ok(endpoint.heldBytes <= R1_REORDER_BYTES);
      };
      perform(endpoint.start(0));
      for (let left = chance.between(1, 100); left > 0; left -= 1) {
        now += chance.pick([0, 0, 1, 25, 500, 11_000]);
        if (chance.oneIn(4)) perform(endpoint.tick(now));
        else if (chance.oneIn(5)) sendRecord(endpoint, now, chance);
        else if (chance.oneIn(10)) perform(endpoint.busy(now, { ack: chance.u32(), ackBits: chance.u32() }));
        else perform(endpoint.receive(now, frameOfStream(delivered, chance)));
        if (over) equal(endpoint.deadline, undefined);
        else ok(Number.isFinite(endpoint.deadline));
      }
    });
  },
);

test.serial('a stream of messages comes out as it was, or fails, however it was cut and damaged', async (t) => {
  await fuzz(t, 8_000, (chance) => {
    const messages = chance.times(chance.between(1, 6), () => chance.bytes(chance.pick([1, 2, 100, 3_000])));
    const stream = Buffer.concat(messages.flatMap((message) => [lengthOf(message), message]));
    const isRight = chance.oneIn(3);
    const sent = isRight ? stream : damagedBytes(stream, chance);
    const assembler = new MessageAssembler();
    const got: Uint8Array[] = [];
    try {
      for (let from = 0; from < sent.length; ) {
        const to = from + chance.pick([1, 3, 4, 50, 1_000, RELAY_RECORD_BYTES, isRight ? 7 : RELAY_RECORD_BYTES + 1]);
        got.push(...assembler.push(sent.subarray(from, to)));
        from = to;
      }
    } catch (error) {
      ok(!isRight && error instanceof RelayError && error.code === 'streamFailed', String(error));
      return;
    }
    if (isRight) deepEqual(got.map(Buffer.from), messages);
    else {
      ok(got.every(({ length }) => length > 0));
      ok(got.reduce((sum, { length }) => sum + length, 0) <= sent.length);
    }
  });
});

const STREAMS = [
  'a',
  'b',
  'c',
  '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  ' ',
  '',
  'é\u2028',
  '__proto__',
  'x'.repeat(17_000),
];

function frameOrNone(bytes: Uint8Array): Frame | undefined {
  try {
    return decodeFrame(bytes);
  } catch (error) {
    ok(error instanceof RelayError && error.code === 'invalidFrame', String(error));
    return undefined;
  }
}

function frameInput(chance: Chance): DemultiplexerInput | undefined {
  const streamId = chance.oneIn(3) ? chance.pick(STREAMS) : `s${chance.below(500)}`;
  if (chance.oneIn(2)) {
    const handshake = { kind: 'handshake', payload: Buffer.from('1') } as const;
    return { type: 'frame', frame: { streamId: asStreamId(streamId), ack: 0, ackBits: 0, body: handshake } };
  }
  const frame = frameOrNone(hostileFrame(streamId, bodyBy(chance), chance));
  return frame && { type: 'frame', frame };
}

/** What comes of an attempt or a stream, maybe of one that there never was. */
function answerInput(number: number, chance: Chance): DemultiplexerInput {
  switch (chance.below(10)) {
    case 0:
      return { type: 'opened', attempt: number, opened: { ok: false } };
    case 1:
      return {
        type: 'opened',
        attempt: number,
        opened: { ok: true, authorization: chance.bytes(chance.pick([0, 5, 20_000])) },
      };
    case 2:
    case 3:
      return { type: 'opened', attempt: number, opened: { ok: true, authorization: Buffer.from('auth') } };
    case 4:
      return { type: 'validated', attempt: number, validated: { is: 'executorRejected' } };
    case 5:
    case 6:
      return { type: 'validated', attempt: number, validated: { is: 'valid' } };
    case 7:
      return { type: 'closed', instance: number };
    case 8:
      return { type: 'heard', instance: number };
    default:
      return {
        type: 'answered',
        attempt: number,
        answered: chance.oneIn(9) ? { ok: false } : { ok: true, message: Buffer.from('2') },
      };
  }
}

function note(
  effect: DemultiplexerEffect,
  { attempts, instances }: { attempts: Set<number>; instances: Set<number> },
): void {
  switch (effect.do) {
    case 'open':
      attempts.add(effect.attempt);
      return;
    case 'forget':
      ok(attempts.delete(effect.attempt) || effect.abort, 'an attempt ends once');
      return;
    case 'activate':
      ok(attempts.delete(effect.attempt));
      instances.add(effect.instance);
      return;
    case 'end':
      ok(instances.delete(effect.instance), 'a stream ends once');
      return;
    case 'receive':
      ok(instances.has(effect.instance));
      return;
    case 'send':
      encodeFrame(effect.frame);
      return;
    default:
  }
}

/** Records have their number in them. */
function frameOfStream(next: number, chance: Chance): Frame {
  const said = { streamId: asStreamId('s'), ack: chance.u32(), ackBits: chance.u32() };
  if (chance.oneIn(3)) return { ...said, body: bodyWithoutRecord(chance) };
  const seq = chance.oneIn(10) ? chance.u32() : Math.max(0, next + chance.between(-2, 5));
  const record = Buffer.alloc(chance.pick([4, 100, 65_535]));
  record.writeUInt32BE(seq);
  return { ...said, body: { kind: 'data', seq, payload: record } };
}

function bodyWithoutRecord(chance: Chance): Frame['body'] {
  const body = bodyBy(chance);
  return body.kind === 'data' ? { kind: 'ack' } : body;
}

function sendRecord(endpoint: R1Endpoint, now: number, chance: Chance): void {
  if (!endpoint.canSend) return;
  endpoint.nextRecord();
  endpoint.sent(now, chance.bytes(chance.between(1, 50)));
}

function lengthOf({ length }: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}
