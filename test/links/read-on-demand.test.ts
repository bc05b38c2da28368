import test from 'ava';
import { InboundBudget } from '#src/links/inbound-budget.js';
import { LinkWriter } from '#src/links/link-writer.js';
import { RelayStream } from '#src/links/relay-stream.js';
import type { Body } from '#src/relay/frame.js';
import { channels, STREAM } from './support/stream-pair.js';

/** A stream that has its link for itself, and what it asks of it. */
function openStream() {
  const asked: string[] = [];
  const stream = new RelayStream({
    streamId: STREAM,
    channel: channels()[0],
    writer: new LinkWriter({
      send: (_, done) => setImmediate(done),
      sendInPlace: (_, done) => setImmediate(done),
      together: (act) => act(),
    }),
    budget: new InboundBudget(),
    peer: 'test stream',
    source: { pause: () => asked.push('pause'), resume: () => asked.push('resume') },
    left: () => {},
  });
  stream.open(() => ({ message: () => {}, closed: () => {} }));
  const receive = (body: Body) => stream.receive({ streamId: STREAM, ack: 0, ackBits: 0, body });
  return { stream, asked, receive };
}

test('while its owner takes nothing the link is not read', async (t) => {
  const { stream, asked } = openStream();
  stream.pause();
  t.deepEqual(asked, ['pause']);
  stream.resume();
  await new Promise(setImmediate);
  t.deepEqual(asked, ['pause', 'resume']);
  stream.close();
});

test('the link of a peer that sends again is read on, for its acknowledgements come the same way', (t) => {
  const { stream, asked, receive } = openStream();
  receive({ kind: 'heartbeat' });
  stream.pause();
  t.deepEqual(asked, []);
  stream.close();
});
