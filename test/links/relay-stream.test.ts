import test from 'ava';
import { type Holder, InboundBudget } from '#src/links/inbound-budget.js';
import type { Channel } from '#src/noise/channel.js';
import {
  RELAY_INBOUND_MESSAGES,
  RELAY_LINK_INBOUND_BYTES,
  RELAY_RECORD_BYTES,
  RELAY_STALLED_MESSAGE_MS,
} from '#src/protocol/limits.js';
import type { Body, Frame } from '#src/relay/frame.js';
import { channels, OwnedStream, STREAM, streamPair } from './support/stream-pair.js';

test('messages come in order, whatever their size, and both ends may talk at once', async (t) => {
  const [one, other] = streamPair();
  const texts = [1, 10, RELAY_RECORD_BYTES - 4, RELAY_RECORD_BYTES, 300_000, 2].map((size, index) =>
    String(index).repeat(size),
  );
  for (const text of texts) one.stream.send(text);
  for (const text of texts) other.stream.send(Buffer.from(text));
  await one.until(() => one.messages.length === texts.length);
  await other.until(() => other.messages.length === texts.length);
  t.deepEqual(one.messages, texts);
  t.deepEqual(other.messages, texts);
  t.is(one.heard, 1);
  t.is(one.stream.queuedBytes, 0);
});

test('what is said in one turn leaves in as few records as it fits in, and is told to be sent in order', async (t) => {
  const [one, other] = streamPair();
  const sent: number[] = [];
  for (const number of [1, 2, 3]) one.stream.send('x'.repeat(25_000), () => sent.push(number));
  t.is(one.stream.queuedBytes, 75_000);
  await other.until(() => other.messages.length === 3);
  t.is(one.frames.filter(({ body }) => body.kind === 'data').length, 2);
  t.deepEqual(sent, [1, 2, 3]);
});

test('while the owner pauses nothing is delivered, and then all of it', async (t) => {
  const [one, other] = streamPair();
  other.stream.pause();
  one.stream.send('first');
  await new Promise<void>((resolve) => one.stream.send('second', resolve));
  other.stream.finish('reset');
  t.deepEqual(other.messages, []);
  t.deepEqual(other.closed, []);
  other.stream.resume();
  await other.until(() => other.closed.length === 1);
  t.deepEqual([other.messages, other.closed], [['first', 'second'], ['reset']]);
});

test('to close tells the carrier once and the owner later; what was said before still leaves', async (t) => {
  const [one, other] = streamPair();
  let sent = 0;
  one.stream.send('farewell', () => {
    sent += 1;
  });
  one.stream.close('done');
  one.stream.close('done again');
  t.deepEqual(one.left, [{ because: 'closed', why: 'done' }]);
  t.deepEqual(one.closed, []);
  await one.until(() => one.closed.length === 1);
  await other.until(() => other.messages.length === 1);
  t.deepEqual(one.closed, ['done']);
  await new Promise(setImmediate);
  t.is(sent, 1);
  one.stream.send('too late', () => {
    sent += 1;
  });
  await new Promise(setImmediate);
  t.is(sent, 2);
});

test('a record that cannot be opened ends the stream, and the cause says nothing of it', async (t) => {
  const [channel] = channels();
  const end = new OwnedStream(channel, (_, done) => setImmediate(done));
  end.stream.receive({
    streamId: STREAM,
    ack: 0,
    ackBits: 0,
    body: { kind: 'data', seq: 0, payload: Buffer.from('no ciphertext, but long enough for its tag') },
  });
  t.deepEqual(end.left, [
    { because: 'failed', why: 'Noise relay decryption failed: Noise channel transport failed: decryption failed' },
  ]);
  await end.until(() => end.closed.length === 1);
  t.is(end.heard, 0);
});

test('messages that nobody takes are bounded: a peer that cannot send again loses its stream', async (t) => {
  const [initiator, responder] = channels();
  const end = new OwnedStream(responder, (_, done) => setImmediate(done));
  end.stream.pause();
  const message = Buffer.from([0, 0, 0, 1, 0x37]);
  const perRecord = Math.floor(RELAY_RECORD_BYTES / message.length);
  const record = Buffer.concat(Array.from({ length: perRecord }, () => message));
  const send = (seq: number) =>
    end.stream.receive({
      streamId: STREAM,
      ack: 0,
      ackBits: 0,
      body: { kind: 'data', seq, payload: initiator.sealer.seal(record) },
    });
  send(0);
  t.true(perRecord > RELAY_INBOUND_MESSAGES);
  t.deepEqual(end.left, []);
  send(1);
  t.deepEqual(end.left, [{ because: 'failed', why: 'Noise virtual stream inbound queue is full or closed' }]);
});

test('a peer that sends again keeps its stream while its messages are not taken, and loses none of them', async (t) => {
  const [one, other] = streamPair();
  // Both know of each other as soon as something went both ways behind the heartbeats.
  one.stream.send('ping');
  await other.until(() => other.messages.length === 1);
  other.stream.send('pong');
  await one.until(() => one.messages.length === 1);
  other.stream.pause();
  const count = 2 * RELAY_INBOUND_MESSAGES;
  for (let number = 0; number < count; number += 1) one.stream.send(`${number}`.padStart(50));
  // Timers of streams keep no program alive; here there is no socket that does.
  const alive = setInterval(() => {}, 1_000);
  const records = () => one.frames.flatMap(({ body }) => (body.kind === 'data' ? [body.seq] : []));
  // A number that comes twice is a record that was turned away.
  while (new Set(records()).size === records().length) await new Promise(setImmediate);
  other.stream.resume();
  await other.until(() => other.messages.length === count + 1);
  clearInterval(alive);
  t.deepEqual(
    other.messages.slice(1).map(Number),
    Array.from({ length: count }, (_, number) => number),
  );
  t.deepEqual([one.left, other.left], [[], []]);
});

test('while a link holds too much nothing out of order is held besides, and what is in order still comes', async (t) => {
  const [initiator, responder] = channels();
  const budget = new InboundBudget();
  const end = new OwnedStream(responder, (_, done) => setImmediate(done), budget);
  const frame = (body: Body): Frame => ({ streamId: STREAM, ack: 0, ackBits: 0, body });
  const records = ['one', 'two'].map((text) => {
    const message = Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
    return initiator.sealer.seal(message);
  });
  const send = (seq: number) =>
    end.stream.receive(frame({ kind: 'data', seq, payload: records[seq] ?? Buffer.alloc(60_000) }));
  end.stream.receive(frame({ kind: 'heartbeat' }));
  send(7);
  t.is(end.stream.heldBytes, 60_000);
  const others = holder({ heldBytes: RELAY_LINK_INBOUND_BYTES });
  budget.enter(others);
  send(8);
  send(1);
  t.is(end.stream.heldBytes, 60_000);
  send(0);
  send(1);
  t.deepEqual(end.messages, ['one', 'two']);
  budget.leave(others);
  send(8);
  t.is(end.stream.heldBytes, 120_000);
  end.stream.close();
  t.false(budget.isSpent);
});

/** A stream with nobody behind it. */
const holder = (of: Partial<Holder>): Holder => ({
  ...{ heldBytes: 0, unfinishedBytes: 0, lastPieceAt: 0, giveUp: () => {} },
  ...of,
});

/** Records of a message that says to be longer than all of them. */
function unfinished(channel: Channel) {
  const record = Buffer.alloc(RELAY_RECORD_BYTES);
  let begun = false;
  return (seq: number): Frame => {
    record.fill(0);
    if (!begun) record.writeUInt32BE(32 * 1024 * 1024);
    begun = true;
    return { streamId: STREAM, ack: 0, ackBits: 0, body: { kind: 'data', seq, payload: channel.sealer.seal(record) } };
  };
}

test('what has come of a message counts before it is whole, and is forgotten with its stream', (t) => {
  const [initiator, responder] = channels();
  const budget = new InboundBudget();
  const end = new OwnedStream(responder, (_, done) => setImmediate(done), budget);
  const next = unfinished(initiator);
  end.stream.receive(next(0));
  end.stream.receive(next(1));
  t.true(end.stream.heldBytes >= 2 * RELAY_RECORD_BYTES - 4, `${end.stream.heldBytes}`);
  t.is(end.stream.unfinishedBytes, end.stream.heldBytes);
  end.stream.finish('reset');
  t.is(end.stream.heldBytes, 0);
});

test('of messages that are not whole, in a link that holds too much, only the one that has come furthest goes on', (t) => {
  const budget = new InboundBudget();
  const ends = [0, 1].map(() => {
    const [initiator, responder] = channels();
    const { stream, left } = new OwnedStream(responder, (_, done) => setImmediate(done), budget);
    return { stream, left, next: unfinished(initiator) };
  });
  const [further, other] = ends as [(typeof ends)[0], (typeof ends)[0]];
  for (let seq = 0; seq < 4; seq += 1) further.stream.receive(further.next(seq));
  other.stream.receive(other.next(0));
  other.stream.receive(other.next(1));
  const others = holder({ heldBytes: RELAY_LINK_INBOUND_BYTES });
  budget.enter(others);
  further.stream.receive(further.next(4));
  t.deepEqual(further.left, []);
  other.stream.receive(other.next(2));
  t.deepEqual(other.left, [{ because: 'failed', why: 'Noise virtual stream inbound queue is full or closed' }]);
});

test('whoever does not go on with a message gives way where others need the room', (t) => {
  const budget = new InboundBudget();
  let gaveUp = 0;
  const stalled = {
    ...holder({}),
    heldBytes: RELAY_LINK_INBOUND_BYTES,
    unfinishedBytes: RELAY_LINK_INBOUND_BYTES,
    giveUp() {
      gaveUp += 1;
      this.heldBytes = this.unfinishedBytes = 0;
    },
  };
  const eager = holder({ heldBytes: 1, unfinishedBytes: 1, lastPieceAt: RELAY_STALLED_MESSAGE_MS });
  budget.enter(stalled);
  budget.enter(eager);
  t.false(budget.mayFinish(eager, RELAY_STALLED_MESSAGE_MS));
  t.is(gaveUp, 0);
  t.true(budget.mayFinish(eager, RELAY_STALLED_MESSAGE_MS + 1));
  t.is(gaveUp, 1);
});

test('what an owner has not taken counts on when its stream is over, until it is told of that', async (t) => {
  const [initiator, responder] = channels();
  const budget = new InboundBudget();
  const end = new OwnedStream(responder, (_, done) => setImmediate(done), budget);
  budget.enter(holder({ heldBytes: RELAY_LINK_INBOUND_BYTES }));
  end.stream.pause();
  const message = Buffer.from([0, 0, 0, 1, 0x37]);
  end.stream.receive({
    ...{ streamId: STREAM, ack: 0, ackBits: 0 },
    body: { kind: 'data', seq: 0, payload: initiator.sealer.seal(message) },
  });
  end.stream.finish('reset');
  t.true(budget.isSpent);
  end.stream.resume();
  await end.until(() => end.closed.length === 1);
  t.false(budget.isSpent);
});

test('a message above 64 MiB is not sent', async (t) => {
  const [one] = streamPair();
  one.stream.send(new Uint8Array(64 * 1024 * 1024 + 1));
  t.deepEqual(one.left, [{ because: 'failed', why: 'Noise relay JSON-RPC message exceeds maximum length' }]);
  await one.until(() => one.closed.length === 1);
});
