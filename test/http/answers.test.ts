/** What a peer is told of what a host says, whole and in pieces. */
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { HttpPeer } from '#test/support/http-peer.js';
import { RawHost } from '#test/support/raw-host.js';

/** What the host does with its connection behind its answer. */
type After = 'stays' | 'ends' | 'resets';

interface Answered {
  readonly says: string;
  readonly after?: After;
  readonly method?: string;
  readonly status?: number;
  readonly headers?: readonly string[];
  readonly body: string;
}

const GZIPPED = gzipSync('squeezed').toString('latin1');
const LARGE_HEADERS = Array.from({ length: 100 }, (_, i) => `x-${i}: ${'v'.repeat(2000)}`);

const ANSWERED: Readonly<Record<string, Answered>> = {
  'a body of a given length': {
    says: 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok',
    headers: ['content-length: 2'],
    body: 'ok',
  },
  'a body up to the end of the connection': { says: 'HTTP/1.1 200 OK\n\nok', after: 'ends', body: 'ok' },
  'an older HTTP': { says: 'HTTP/1.0 200 OK\n\nok', after: 'ends', body: 'ok' },
  'chunks, with extensions and trailers': {
    says: 'HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n2;a=b\nok\n0\nx-t: 1\n\n',
    headers: ['transfer-encoding: chunked'],
    body: 'ok',
  },
  'a status that fails': {
    says: 'HTTP/1.1 500 No\ncontent-length: 2\n\nok',
    status: 500,
    headers: ['content-length: 2'],
    body: 'ok',
  },
  'a status of no standard': {
    says: 'HTTP/1.1 999\ncontent-length: 0\n\n',
    status: 999,
    headers: ['content-length: 0'],
    body: '',
  },
  'no content': {
    says: 'HTTP/1.1 204 X\ncontent-length: 5\n\n',
    status: 204,
    headers: ['content-length: 5'],
    body: '',
  },
  'not modified': {
    says: 'HTTP/1.1 304 X\ncontent-length: 5\n\n',
    status: 304,
    headers: ['content-length: 5'],
    body: '',
  },
  'the length of a body that HEAD does not get': {
    says: 'HTTP/1.1 200 OK\ncontent-length: 99999999999\n\n',
    method: 'HEAD',
    headers: ['content-length: 99999999999'],
    body: '',
  },
  'answers before the answer': {
    says: 'HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early\nlink: x\n\nHTTP/1.1 200 OK\ncontent-length: 2\n\nok',
    headers: ['content-length: 2'],
    body: 'ok',
  },
  'another protocol that nobody asked for': {
    says: 'HTTP/1.1 101 X\nconnection: upgrade\nupgrade: x\n\nraw',
    status: 101,
    headers: ['connection: upgrade', 'upgrade: x'],
    body: '',
  },
  'a packed body, which stays packed': {
    says: `HTTP/1.1 200 OK\ncontent-encoding: gzip\ncontent-length: ${GZIPPED.length}\n\n`,
    headers: ['content-encoding: gzip', `content-length: ${GZIPPED.length}`],
    body: GZIPPED,
  },
  'headers of 200 kB': {
    says: `HTTP/1.1 200 OK\n${LARGE_HEADERS.join('\n')}\n\n`,
    after: 'ends',
    headers: LARGE_HEADERS,
    body: '',
  },
  'more headers than Node counts': {
    says: `HTTP/1.1 200 OK\n${'a: b\n'.repeat(3000)}\n`,
    after: 'ends',
    headers: Array.from({ length: 3000 }, () => 'a: b'),
    body: '',
  },
};

/** As text: lines end as HTTP wants it. The body of an answer is added as it is. */
const wire = ({ says, body }: Answered) => says.replaceAll('\n', '\r\n') + (body === GZIPPED ? body : '');

/** At once: `resetAndDestroy` ends the connection in order first, and who is quick sees only that. */
function reset(socket: Socket): void {
  const { _handle: handle } = socket as unknown as { _handle: { reset(done: () => void): void } };
  handle.reset(() => socket.destroy());
}

function hostThatSays(text: string, after: After = 'stays'): Promise<RawHost> {
  return RawHost.start((_, socket) => {
    const bytes = Buffer.from(text, 'latin1');
    if (after === 'ends') socket.end(bytes);
    else if (after === 'resets') socket.write(bytes, () => reset(socket));
    else socket.write(bytes);
  });
}

for (const [what, answered] of Object.entries(ANSWERED)) {
  const { after, method = 'GET', status = 200, headers = [], body } = answered;

  test(`told whole: ${what}`, async (t) => {
    await using host = await hostThatSays(wire(answered), after);
    using peer = new HttpPeer();
    const got = await peer.ask(host.origin, { method });
    t.is(got.status, status);
    t.deepEqual(
      got.headers.map(({ name, value }) => `${name}: ${value}`),
      headers,
    );
    t.is(got.body.toString('latin1'), body);
    t.deepEqual(peer.deltas, []);
  });

  test(`told in pieces: ${what}`, async (t) => {
    await using host = await hostThatSays(wire(answered), after);
    using peer = new HttpPeer();
    const got = await peer.ask(host.origin, { method, streamResponse: true });
    t.is(got.status, status);
    t.is(got.body.length, 0);
    const streamed = await peer.streamed();
    t.is(streamed.body.toString('latin1'), body);
    t.is(streamed.error, null);
    t.deepEqual(
      streamed.deltas.map(({ seq }) => seq),
      streamed.deltas.map((_, i) => i + 1),
    );
    t.is(peer.order[0], 'result');
  });
}

const NOT_HTTP: Readonly<Record<string, { readonly says: string; readonly after?: After }>> = {
  'nothing at all': { says: '', after: 'ends' },
  'half a head': { says: 'HTTP/1.1 200 OK\r\nx: ', after: 'ends' },
  'something else than HTTP': { says: 'hello', after: 'ends' },
  'an HTTP that does not exist': { says: 'HTTP/1.2 200 OK\r\n\r\n', after: 'ends' },
  'an HTTP that needs to be agreed on': { says: 'HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n' },
  'a header without a colon': { says: 'HTTP/1.1 200 OK\r\nx\r\n\r\n', after: 'ends' },
  'a header over two lines': { says: 'HTTP/1.1 200 OK\r\na: 1\r\n 2\r\n\r\n', after: 'ends' },
  'two lengths': { says: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok', after: 'ends' },
  'a head that does not end': { says: `HTTP/1.1 200 OK\r\nx: ${'v'.repeat(1 << 20)}` },
};

for (const [what, { says, after }] of Object.entries(NOT_HTTP)) {
  test(`no answer: ${what}`, async (t) => {
    await using host = await hostThatSays(says, after);
    using peer = new HttpPeer();
    const text = `http/request failed: error sending request for url (${host.origin}/)`;
    for (const streamResponse of [false, true]) {
      await t.throwsAsync(peer.ask(host.origin, { streamResponse }), { code: -32603, message: text } as object);
    }
    t.deepEqual(peer.deltas, []);
  });
}

const CUT_OFF: Readonly<Record<string, { readonly says: string; readonly after?: After }>> = {
  'shorter than was said': { says: 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nbody', after: 'ends' },
  'reset before its length': { says: 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nbody', after: 'resets' },
  'without the last chunk': {
    says: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n',
    after: 'ends',
  },
  'with a chunk that is none': { says: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\nzz\r\n' },
};

for (const [what, { says, after }] of Object.entries(CUT_OFF)) {
  test(`a body cut off: ${what}`, async (t) => {
    await using host = await hostThatSays(says, after);
    using peer = new HttpPeer();
    await t.throwsAsync(peer.ask(host.origin), {
      code: -32603,
      message: 'failed to read http/request response body: error decoding response body',
    } as object);
    await peer.ask(host.origin, { streamResponse: true });
    t.is((await peer.streamed()).error, 'error decoding response body');
  });
}

test('a body of no given length that is reset is not taken for complete', async (t) => {
  await using host = await hostThatSays('HTTP/1.1 200 OK\r\n\r\nbody');
  using peer = new HttpPeer();
  await peer.ask(host.origin, { streamResponse: true });
  // Together with the bytes before it, a reset looks like an end to libuv.
  await peer.until(() => peer.deltas.length > 0);
  for (const socket of host.sockets) reset(socket);
  const { body, error } = await peer.streamed();
  t.deepEqual({ body: String(body), error }, { body: 'body', error: 'error decoding response body' });
});

test('a redirect is told as it came when redirects are not to be followed', async (t) => {
  await using host = await hostThatSays('HTTP/1.1 302 X\r\nlocation: file:///x\r\ncontent-length: 2\r\n\r\nok');
  using peer = new HttpPeer();
  const { status, body } = await peer.ask(host.origin, { redirectPolicy: 'stop' });
  t.deepEqual({ status, body: String(body) }, { status: 302, body: 'ok' });
});
