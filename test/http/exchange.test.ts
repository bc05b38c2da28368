/** Requests that take more than one connection, more than their time, or more than fits. */
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { HTTP_SMALL_BODY_BYTES, HTTP_STREAM_ID_BYTES, HTTP_STREAMS } from '#src/protocol/limits.js';
import { HttpPeer } from '#test/support/http-peer.js';
import { answer, path, RawHost, type Respond } from '#test/support/raw-host.js';

const ok: Respond = (_, socket) => socket.write(answer('ok'));
const silence: Respond = () => {};
/** The head, and the beginning of the body. */
const halfway: Respond = (_, socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nbody');

const redirect = (location: string, status = 307) => answer('red', { status, headers: [`location: ${location}`] });

// ---- redirects --------------------------------------------------------------------------------------------

test('a secret of the environment is sent to the origin that was named, and to no other, nor there again', async (t) => {
  const way: string[] = [];
  await using first = await RawHost.start((request, socket) =>
    socket.write(way.length > 0 ? redirect(way.shift()!) : answer(path(request))),
  );
  await using other = await RawHost.start((_, socket) => socket.write(redirect(way.shift()!)));
  using peer = new HttpPeer({ environment: { TOKEN: 'secret' } });
  way.push('/again', `${other.origin}/away`, `${first.origin}/back`);
  const { body } = await peer.ask(first.origin, {
    method: 'POST',
    bodyBase64: Buffer.from('hi').toString('base64'),
    headers: [
      { name: 'x-secret', value: '', valueEnvVar: 'TOKEN' },
      { name: 'x-open', value: 'open' },
    ],
  });
  t.is(String(body), '/back');
  t.deepEqual(
    first.requests.map((request) => request.includes('secret')),
    [true, true, false],
  );
  t.deepEqual(
    other.requests.map((request) => request.includes('secret')),
    [false],
  );
  for (const request of [...first.requests, ...other.requests]) {
    t.true(request.includes('\r\nx-open: open\r\n'));
    t.true(request.endsWith('\r\n\r\nhi'));
  }
});

test('the bodies of redirects are not read', async (t) => {
  await using endless = await RawHost.start((request, socket) => {
    if (path(request) === '/') socket.write('HTTP/1.1 302 X\r\nlocation: /there\r\n\r\nnever ends');
    else socket.write(answer('there'));
  });
  using peer = new HttpPeer();
  t.is(String((await peer.ask(endless.origin)).body), 'there');
});

test('an error on the way names the address it happened at, without user and password', async (t) => {
  await using host = await RawHost.start((_, socket) => socket.write(redirect('http://u:p@127.0.0.1:1/y?z')));
  using peer = new HttpPeer();
  await t.throwsAsync(peer.ask(host.origin), {
    message: 'http/request failed: error sending request for url (http://127.0.0.1:1/y?z)',
  });
  await t.throwsAsync(peer.ask('http://u:p@127.0.0.1:1/a?b#c'), {
    message: 'http/request failed: error sending request for url (http://127.0.0.1:1/a?b#c)',
  });
});

test('a redirect that cannot be followed leaves no connection', async (t) => {
  await using host = await RawHost.start((_, socket) =>
    socket.write('HTTP/1.1 302 X\r\nlocation: file:///x\r\n\r\nnever ends'),
  );
  using peer = new HttpPeer();
  await t.throwsAsync(peer.ask(host.origin), { message: /unsupported URL scheme: file$/ });
  await Promise.all([...host.sockets].map((socket) => once(socket, 'close')));
  t.is(host.sockets.size, 0);
});

// ---- time -------------------------------------------------------------------------------------------------

test('time runs out before the answer', async (t) => {
  await using host = await RawHost.start(silence);
  using peer = new HttpPeer();
  for (const streamResponse of [false, true]) {
    await t.throwsAsync(peer.ask(host.origin, { timeoutMs: 20, streamResponse }), {
      message: `http/request failed: error sending request for url (${host.origin}/)`,
    });
  }
  await Promise.all([...host.sockets].map((socket) => once(socket, 'close')));
  t.is(host.sockets.size, 0);
});

test('time runs out in the middle of the body', async (t) => {
  await using host = await RawHost.start(halfway);
  using peer = new HttpPeer();
  // Long enough for the head to come on a machine that is busy.
  const timeoutMs = 2000;
  const whole = peer.ask(host.origin, { timeoutMs });
  await peer.ask(host.origin, { timeoutMs, streamResponse: true });
  await t.throwsAsync(whole, { message: 'failed to read http/request response body: error decoding response body' });
  const { body, error } = await peer.streamed();
  t.deepEqual({ body: String(body), error }, { body: 'body', error: 'error decoding response body' });
});

test('no time at all is told before anything is sent, but after what is wrong with the request', async (t) => {
  await using host = await RawHost.start(ok);
  using peer = new HttpPeer();
  await t.throwsAsync(peer.ask(host.origin, { timeoutMs: 0 }), {
    message: 'http/request failed: route-aware request timed out',
  });
  await t.throwsAsync(peer.ask('ftp://x', { timeoutMs: 0 }), { message: /only supports http and https/ });
  t.is(host.connections, 0);
});

test('endless time is taken', async (t) => {
  await using host = await RawHost.start(ok);
  using peer = new HttpPeer();
  t.is((await peer.ask(host.origin, { timeoutMs: Number.MAX_SAFE_INTEGER })).status, 200);
});

// ---- streams ----------------------------------------------------------------------------------------------

test('an id is taken from the request to the last frame, and only by streams', async (t) => {
  await using host = await RawHost.start((request, socket) =>
    (path(request) === '/half' ? halfway : ok)(request, socket),
  );
  using peer = new HttpPeer();
  const taken = { code: -32602, message: 'http/request streamResponse requestId `r` is already active' } as object;

  const first = peer.ask(`${host.origin}/half`, { streamResponse: true });
  await t.throwsAsync(peer.ask(host.origin, { streamResponse: true }), taken);
  await first;
  await t.throwsAsync(peer.ask('no URL', { streamResponse: true }), taken);
  t.is(String((await peer.ask(host.origin)).body), 'ok');

  for (const socket of host.sockets) socket.end('rest..');
  t.is(String((await peer.streamed()).body), 'bodyrest..');
  await peer.ask(host.origin, { streamResponse: true });
  await peer.until(() => peer.deltas.filter(({ done }) => done).length === 2);
  t.deepEqual(
    peer.deltas.slice(-2).map(({ seq }) => seq),
    [1, 2],
  );
});

test('an id is free again when its request fails', async (t) => {
  await using host = await RawHost.start(ok);
  using peer = new HttpPeer();
  await t.throwsAsync(peer.ask('http://127.0.0.1:1', { streamResponse: true }));
  t.deepEqual(peer.deltas, []);
  t.is((await peer.ask(host.origin, { streamResponse: true })).status, 200);
});

test('an id that would make frames too long is refused', async (t) => {
  await using host = await RawHost.start(ok);
  using peer = new HttpPeer();
  const id = (length: number) => 'x'.repeat(length - '""'.length);
  await t.throwsAsync(peer.ask(host.origin, { streamResponse: true, requestId: id(HTTP_STREAM_ID_BYTES + 1) }), {
    code: -32602,
    message: `http/request streamResponse requestId must not exceed ${HTTP_STREAM_ID_BYTES} bytes`,
  } as object);
  t.is((await peer.ask(host.origin, { streamResponse: true, requestId: id(HTTP_STREAM_ID_BYTES) })).status, 200);
});

test('so many streams are open at once, and no more', async (t) => {
  using peer = new HttpPeer();
  // Nothing listens there; what counts is that they wait.
  const waiting = Array.from({ length: HTTP_STREAMS }, (_, i) =>
    peer.ask('http://127.0.0.1:1', { requestId: `${i}`, streamResponse: true }),
  );
  await t.throwsAsync(peer.ask('http://127.0.0.1:1', { requestId: 'more', streamResponse: true }), {
    code: -32600,
    message: `at most ${HTTP_STREAMS} http/request response streams may be open per connection`,
  } as object);
  await Promise.allSettled(waiting);
});

test('small pieces become few large ones while the socket takes nothing', async (t) => {
  const PIECES = 2000;
  await using host = await RawHost.start(async (_, socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    for (let i = 0; i < PIECES; i++) {
      socket.write('0123456789');
      await turn();
    }
    socket.end();
  });
  using peer = new HttpPeer();
  peer.stall();
  await peer.ask(host.origin, { streamResponse: true });
  await Promise.all([...host.sockets].map((socket) => once(socket, 'finish')));
  const untaken = peer.deltas.length;
  t.true(untaken <= 16);
  peer.resume();
  const { body, deltas } = await peer.streamed();
  t.is(body.length, PIECES * 10);
  t.true(deltas.length <= untaken + 8, `${deltas.length} frames`);
});

// ---- size -------------------------------------------------------------------------------------------------

test('a body that does not fit into a reply is an error with the limit, and is not read any more', async (t) => {
  await using host = await RawHost.start((request, socket) => {
    const length = path(request) === '/announced' ? 'content-length: 20000\r\n' : '';
    socket.write(`HTTP/1.1 200 OK\r\n${length}\r\n${'x'.repeat(9000)}`);
  });
  using peer = new HttpPeer({ replyLimitBytes: 10_000 });
  for (const place of ['announced', 'endless']) {
    const { code, message } = (await t.throwsAsync(peer.ask(`${host.origin}/${place}`))) as Error & { code: number };
    t.is(code, -32600);
    t.regex(message, /^http\/request response body is too large to be sent whole: limit is 7\d\d\d bytes$/);
  }
  await Promise.all([...host.sockets].map((socket) => once(socket, 'close')));
  // In pieces there is no such limit.
  await peer.ask(`${host.origin}/endless`, { streamResponse: true });
  await peer.until(() => peer.deltas.length > 0);
  t.pass();
});

test('large bodies wait while large replies have not left, small ones do not', async (t) => {
  const LARGE = 'x'.repeat(HTTP_SMALL_BODY_BYTES + 1);
  await using host = await RawHost.start((request, socket) =>
    socket.write(answer(path(request) === '/large' ? LARGE : 'ok')),
  );
  using peer = new HttpPeer();
  peer.stall();
  await Promise.all([peer.ask(`${host.origin}/large`), peer.ask(`${host.origin}/large`)]);
  let came = false;
  const third = peer.ask(`${host.origin}/large`).then(({ body }) => {
    came = true;
    return body.length;
  });
  t.is(String((await peer.ask(`${host.origin}/small`)).body), 'ok');
  t.false(came);
  peer.resume();
  t.is(await third, LARGE.length);
});

test('a large body that breaks off gives its place to the next', async (t) => {
  const announced = `HTTP/1.1 200 OK\r\ncontent-length: ${HTTP_SMALL_BODY_BYTES * 2}\r\n\r\n${'x'.repeat(HTTP_SMALL_BODY_BYTES + 1)}`;
  await using host = await RawHost.start((_, socket) => socket.end(announced));
  using peer = new HttpPeer();
  for (let i = 0; i < 4; i++) await t.throwsAsync(peer.ask(host.origin));
});

// ---- connections --------------------------------------------------------------------------------------------

test('a connection serves the next request of its peer, and no other peer', async (t) => {
  await using host = await RawHost.start(ok);
  using peer = new HttpPeer();
  for (let i = 0; i < 3; i++) await peer.ask(host.origin);
  t.is(host.connections, 1);
  using other = new HttpPeer();
  await other.ask(host.origin);
  t.is(host.connections, 2);
});

test('a peer that is gone leaves no connection: neither idle, nor waiting, nor in the middle of a body', async (t) => {
  await using host = await RawHost.start((request, socket) => {
    if (path(request) === '/idle') ok(request, socket);
    else if (path(request) === '/half') halfway(request, socket);
  });
  {
    using peer = new HttpPeer();
    const waiting = [false, true].map((streamResponse) => peer.ask(host.origin, { streamResponse }));
    await peer.ask(`${host.origin}/half`, { streamResponse: true, requestId: 'half' });
    await peer.ask(`${host.origin}/idle`);
    t.is(host.sockets.size, 4);
    queueMicrotask(() => peer[Symbol.dispose]());
    for (const request of waiting) await t.throwsAsync(request);
  }
  await Promise.all([...host.sockets].map((socket) => once(socket, 'close')));
  t.is(host.sockets.size, 0);
});

test('a request that can be repeated is, when the host had no more use for the connection', async (t) => {
  const seen: string[] = [];
  await using host = await RawHost.start((request, socket) => {
    seen.push(request.split(' ')[0]!);
    // The first request on a connection is answered, the second ends it.
    if (socket.bytesRead === Buffer.byteLength(request, 'latin1')) ok(request, socket);
    else socket.destroy();
  });
  using peer = new HttpPeer();
  await peer.ask(host.origin);
  t.is((await peer.ask(host.origin)).status, 200);
  t.deepEqual(seen, ['GET', 'GET', 'GET']);
  await t.throwsAsync(peer.ask(host.origin, { method: 'POST' }), { message: /error sending request/ });
  t.deepEqual(seen.slice(3), ['POST']);
});
