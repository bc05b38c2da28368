/** Two ends of a stream with a link between them that loses, repeats and overtakes, in a time of its own. */
import { decodeFrame, type Frame } from '#src/relay/frame.js';
import { encodeFrame } from '#src/relay/frame-writer.js';
import { R1Endpoint } from '#src/relay/r1.js';
import { asStreamId } from '#src/relay/stream-id.js';

export interface Weather {
  /** Of a hundred frames, so many are lost, and so many of the others come twice. */
  readonly lost: number;
  readonly twice: number;
  /** A frame is under way for so many milliseconds, anywhere between. */
  readonly fastest: number;
  readonly slowest: number;
  /** From the one time to the other the second end takes no records, and says so or does not. */
  readonly noRoom?: { readonly from: number; readonly until: number; readonly says: boolean };
}

export interface End {
  readonly endpoint: R1Endpoint;
  readonly toSend: number;
  readonly received: number[];
  readonly sentFrames: Frame[];
  resets: string[];
}

/** A small generator of numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const STREAM = asStreamId('s');
const RECORD_BYTES = 40;
/** A stream begins with a few calls that wait for their answers; floods come later. */
const FIRST_RECORDS = 10;

const recordOf = (number: number) => {
  const record = Buffer.alloc(RECORD_BYTES);
  record.writeUInt32BE(number);
  return record;
};

/** Sends `toSend` records each way. Ends when all have come, a stream was reset, or that much time has passed. */
export function runLink(weather: Weather, toSend: readonly [number, number], seed: number, lastMs: number) {
  const random = randomFrom(seed);
  let now = 0;
  const newEnd = (records: number): End => ({
    endpoint: new R1Endpoint(STREAM, now),
    toSend: records,
    received: [],
    sentFrames: [],
    resets: [],
  });
  const ends: readonly [End, End] = [newEnd(toSend[0]), newEnd(toSend[1])];
  const underWay: { at: number; to: number; bytes: Uint8Array }[] = [];

  const transmit = (from: number, frame: Frame) => {
    ends[from]!.sentFrames.push(frame);
    if (random() * 100 < weather.lost) return;
    const copies = random() * 100 < weather.twice ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const at = now + weather.fastest + random() * (weather.slowest - weather.fastest);
      underWay.push({ at, to: 1 - from, bytes: encodeFrame(frame) });
    }
  };
  const perform = (from: number, effects: ReturnType<R1Endpoint['tick']>) => {
    const end = ends[from]!;
    for (const effect of effects) {
      if (effect.do === 'send') transmit(from, effect.frame);
      else if (effect.do === 'deliver') end.received.push(Buffer.from(effect.record).readUInt32BE());
      else end.resets.push(effect.cause.message);
    }
    const mayLeave = () => Math.min(end.toSend, end.endpoint.peerSpeaksR1 ? end.toSend : FIRST_RECORDS);
    while (end.endpoint.canSend && end.endpoint.nextRecord().seq < mayLeave()) {
      const { seq, ack, ackBits } = end.endpoint.nextRecord();
      const payload = recordOf(seq);
      end.endpoint.sent(now, payload);
      transmit(from, { streamId: STREAM, ack, ackBits, body: { kind: 'data', seq, payload } });
    }
  };
  const takesNothing = () => weather.noRoom !== undefined && now >= weather.noRoom.from && now < weather.noRoom.until;
  const receive = (at: number, frame: Frame) => {
    const { endpoint } = ends[at]!;
    if (at === 0 || frame.body.kind !== 'data' || !takesNothing()) perform(at, endpoint.receive(now, frame));
    else if (weather.noRoom!.says) perform(at, endpoint.busy(now, frame));
  };
  const done = () =>
    ends.some(({ resets }) => resets.length > 0) ||
    ends.every(({ received }, index) => received.length >= ends[1 - index]!.toSend);

  for (const index of [0, 1]) perform(index, ends[index]!.endpoint.start(now));
  while (!done() && now < lastMs) {
    underWay.sort((a, b) => a.at - b.at);
    const arrival = underWay[0];
    const deadlines = ends.map(({ endpoint }) => endpoint.deadline ?? Number.POSITIVE_INFINITY);
    now = Math.max(now, Math.min(arrival?.at ?? Number.POSITIVE_INFINITY, ...deadlines));
    if (arrival !== undefined && arrival.at <= now) {
      underWay.shift();
      receive(arrival.to, decodeFrame(arrival.bytes));
    }
    for (const index of [0, 1]) {
      if ((ends[index]!.endpoint.deadline ?? Number.POSITIVE_INFINITY) <= now)
        perform(index, ends[index]!.endpoint.tick(now));
    }
  }
  return { ends, now };
}
