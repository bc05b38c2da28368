import test from 'ava';
import { streamBody } from '#src/http/body-stream.js';
import { HTTP_DELTA_BYTES, HTTP_STREAM_ID_BYTES, STREAM_NOTIFICATION_BYTES } from '#src/protocol/limits.js';
import type { PeerLink } from '#src/rpc/handlers.js';
import { Turns } from '#src/rpc/turns.js';

/** A link that keeps what it is told, and says that it was taken when the test says so. */
function recordingLink(taken: (sent: () => void) => void = (sent) => sent()) {
  const messages: string[] = [];
  const link: PeerLink = {
    gone: new AbortController().signal,
    queuedBytes: 0,
    notify(message, sent) {
      messages.push(String(message));
      if (sent) taken(sent);
    },
  };
  return { link, messages, params: () => messages.map((message) => JSON.parse(message).params) };
}

async function* pieces(...texts: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text as string);
}

async function* cutOff(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
  throw new Error('cut off');
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('pieces are numbered from 1, and an empty one says that there are no more', async (t) => {
  const { link, messages, params } = recordingLink();
  await streamBody(pieces('a', 'bc'), 'the "id"', new Turns(1), link);
  t.is(JSON.parse(messages[0]!).method, 'http/request/bodyDelta');
  t.deepEqual(params(), [
    { requestId: 'the "id"', seq: 1, deltaBase64: base64('a'), done: false, error: null },
    { requestId: 'the "id"', seq: 2, deltaBase64: base64('bc'), done: false, error: null },
    { requestId: 'the "id"', seq: 3, deltaBase64: '', done: true, error: null },
  ]);
});

test('an empty body, and none, are the last frame alone', async (t) => {
  for (const body of [undefined, pieces()]) {
    const { link, params } = recordingLink();
    await streamBody(body, 'r', new Turns(1), link);
    t.deepEqual(params(), [{ requestId: 'r', seq: 1, deltaBase64: '', done: true, error: null }]);
  }
});

test('a body that breaks off ends with an error, behind what had arrived', async (t) => {
  const { link, params } = recordingLink();
  await streamBody(cutOff('a'), 'r', new Turns(1), link);
  t.deepEqual(params(), [
    { requestId: 'r', seq: 1, deltaBase64: base64('a'), done: false, error: null },
    { requestId: 'r', seq: 2, deltaBase64: '', done: true, error: 'error decoding response body' },
  ]);
});

test('no piece is larger than a client takes, also with the longest id', async (t) => {
  const requestId = 'x'.repeat(HTTP_STREAM_ID_BYTES);
  for (const [length, lengths] of [
    [HTTP_DELTA_BYTES, [HTTP_DELTA_BYTES, 0]],
    [HTTP_DELTA_BYTES + 1, [HTTP_DELTA_BYTES, 1, 0]],
  ] as const) {
    const { link, messages, params } = recordingLink();
    await streamBody(pieces(Buffer.alloc(length)), requestId, new Turns(9), link);
    t.deepEqual(
      params().map(({ deltaBase64 }) => Buffer.from(deltaBase64, 'base64').length),
      lengths,
    );
    for (const message of messages) t.true(message.length <= STREAM_NOTIFICATION_BYTES);
  }
});

test('nothing is read while the socket does not take what was sent, and all streams share its patience', async (t) => {
  const waiting: (() => void)[] = [];
  const { link, params } = recordingLink((sent) => waiting.push(sent));
  const turns = new Turns(2);
  let read = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for (; read < 10; read++) yield Buffer.from('x');
  }
  const first = streamBody(counted(), 'first', turns, link);
  await new Promise((resolve) => setImmediate(resolve));
  t.is(params().length, 2);
  t.is(read, 2);

  const second = streamBody(pieces('y'), 'second', turns, link);
  await new Promise((resolve) => setImmediate(resolve));
  t.is(params().length, 2);

  // Each in its turn: the one that waits longer goes first.
  waiting.shift()!();
  waiting.shift()!();
  await second;
  t.deepEqual(
    params().map(({ requestId }) => requestId),
    ['first', 'first', 'first', 'second', 'second'],
  );
  const open = setInterval(() => {
    for (const sent of waiting.splice(0)) sent();
  });
  await first;
  clearInterval(open);
  t.is(read, 10);
});
