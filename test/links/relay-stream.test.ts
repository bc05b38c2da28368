import test from 'ava';
import { InboundBudget } from '#src/links/inbound-budget.js';
import { RELAY_INBOUND_MESSAGES, RELAY_LINK_INBOUND_BYTES, RELAY_RECORD_BYTES } from '#src/protocol/limits.js';
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
  const others = { heldBytes: RELAY_LINK_INBOUND_BYTES };
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

test('a message above 64 MiB is not sent', async (t) => {
  const [one] = streamPair();
  one.stream.send(new Uint8Array(64 * 1024 * 1024 + 1));
  t.deepEqual(one.left, [{ because: 'failed', why: 'Noise relay JSON-RPC message exceeds maximum length' }]);
  await one.until(() => one.closed.length === 1);
});
