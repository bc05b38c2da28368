import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { WebSocket } from 'ws';
import { thrownText } from '#src/protocol/os-error.js';
import { listen } from '#src/transport/listen.js';
import { type RawRequest, requestRaw, UPGRADE_HEADERS } from './raw-http.js';
import { clientFrame, connectRaw, HANDSHAKE, TEXT, upgradeRaw } from './raw-peer.js';
import { startListener } from './served-links.js';

const without = (name: string) => UPGRADE_HEADERS.filter((line) => !line.startsWith(`${name}:`));
const changed = (line: string) => [...without(line.split(':')[0]!), line];
const NO_STATE = "WebSocket request couldn't be upgraded since no upgrade state was present";

/** Request, status, body. Recorded from release 0.169.0, except where a comment says so. */
const answers: [string, RawRequest, number, string][] = [
  ['a handshake', {}, 101, ''],
  ['a handshake with a query', { target: '/?a=b' }, 101, ''],
  ['a handshake in mixed case', { headers: changed('Upgrade: WebSocket') }, 101, ''],
  ['a handshake that also keeps alive', { headers: changed('Connection: keep-alive, Upgrade') }, 101, ''],
  ['a handshake with malformed subprotocols', { headers: [...UPGRADE_HEADERS, 'Sec-WebSocket-Protocol: ,,'] }, 101, ''],
  ['a plain GET', { headers: [] }, 400, "Connection header did not include 'upgrade'"],
  ['no Connection', { headers: without('Connection') }, 400, "Connection header did not include 'upgrade'"],
  ['no Upgrade', { headers: without('Upgrade') }, 400, "`Upgrade` header did not include 'websocket'"],
  ['another protocol', { headers: changed('Upgrade: h2c') }, 400, "`Upgrade` header did not include 'websocket'"],
  ['no key', { headers: without('Sec-WebSocket-Key') }, 400, '`Sec-WebSocket-Key` header missing'],
  // Narrower than 0.169.0, which takes any key.
  ['a bad key', { headers: changed('Sec-WebSocket-Key: abc') }, 400, '`Sec-WebSocket-Key` header missing'],
  [
    'version 12',
    { headers: changed('Sec-WebSocket-Version: 12') },
    400,
    "`Sec-WebSocket-Version` header did not include '13'",
  ],
  [
    'no version',
    { headers: without('Sec-WebSocket-Version') },
    400,
    "`Sec-WebSocket-Version` header did not include '13'",
  ],
  ['neither key nor version', { headers: UPGRADE_HEADERS.slice(0, 2) }, 400, '`Sec-WebSocket-Key` header missing'],
  ['POST', { method: 'POST', headers: ['Content-Length: 0'] }, 405, 'Request method must be `GET`'],
  ['POST with a handshake', { method: 'POST' }, 405, 'Request method must be `GET`'],
  ['HEAD', { method: 'HEAD', headers: [] }, 405, ''],
  ['HTTP/1.0', { version: '1.0' }, 426, NO_STATE],
  ['a Connection header that only looks like an upgrade', { headers: changed('Connection: noupgrade') }, 426, NO_STATE],
  ['GET /readyz', { target: '/readyz', headers: [] }, 200, ''],
  ['GET /readyz with a query', { target: '/readyz?x', headers: [] }, 200, ''],
  ['GET /readyz in absolute form', { target: 'http://x/readyz', headers: [] }, 200, ''],
  ['GET /readyz with a handshake', { target: '/readyz' }, 200, ''],
  ['HEAD /readyz', { target: '/readyz', method: 'HEAD', headers: [] }, 200, ''],
  ['POST /readyz', { target: '/readyz', method: 'POST', headers: ['Content-Length: 0'] }, 405, ''],
  ['another path', { target: '/nothing', headers: [] }, 404, ''],
  ['a handshake on another path', { target: '/nothing' }, 404, ''],
  ['a path with two slashes', { target: '//readyz', headers: [] }, 404, ''],
  ['a handshake with an Origin', { headers: [...UPGRADE_HEADERS, 'Origin: http://localhost'] }, 403, ''],
  ['an empty Origin', { target: '/readyz', headers: ['Origin:'] }, 403, ''],
  ['an Origin on another path', { target: '/nothing', headers: ['Origin: null'] }, 403, ''],
];
for (const [what, request, status, body] of answers) {
  test(`${what} is answered with ${status}${body === '' ? '' : ` ${body}`}`, async (t) => {
    const { listener } = await startListener(t);
    const answer = await requestRaw(t, listener.address, request);
    t.is(answer.status, status);
    t.is(answer.body, body);
    const hasText = body !== '' || (request.method === 'HEAD' && status === 405);
    t.is(answer.headers.get('content-type'), hasText ? 'text/plain; charset=utf-8' : undefined);
  });
}

test('an accepted handshake chooses neither compression nor a subprotocol', async (t) => {
  const { listener } = await startListener(t);
  const offers = ['Sec-WebSocket-Extensions: permessage-deflate', 'Sec-WebSocket-Protocol: jsonrpc, other'];
  const { status, headers } = await requestRaw(t, listener.address, { headers: [...UPGRADE_HEADERS, ...offers] });
  t.is(status, 101);
  t.deepEqual(
    [...headers].map(([name, value]) => [name, value.toLowerCase()]),
    [
      ['upgrade', 'websocket'],
      ['connection', 'upgrade'],
      ['sec-websocket-accept', 's3pplmbitxaq9kygzzhzrbk+xoo='],
    ],
  );
});

test('authorization is asked for after everything else, and not for readiness', async (t) => {
  const asked: (string | undefined)[] = [];
  const { listener } = await startListener(t, {
    checkAuthorization: (authorization) => {
      asked.push(authorization);
      return authorization === 'Bearer good' ? undefined : 'no such token';
    },
  });
  const status = async (request: RawRequest) => (await requestRaw(t, listener.address, request)).status;
  t.is(await status({ target: '/readyz', headers: [] }), 200);
  t.is(await status({ target: '/nothing' }), 404);
  t.is(await status({ headers: [...UPGRADE_HEADERS, 'Origin: x'] }), 403);
  t.is(await status({ headers: without('Sec-WebSocket-Key') }), 400);
  t.is(await status({ version: '1.0' }), 426);
  t.deepEqual(asked, []);

  const refused = await requestRaw(t, listener.address, {});
  t.is(refused.status, 401);
  t.is(refused.body, 'no such token');
  t.is(refused.headers.get('content-type'), 'text/plain; charset=utf-8');
  t.is(await status({ headers: [...UPGRADE_HEADERS, 'Authorization: Bearer good', 'Authorization: Bearer bad'] }), 101);
  t.deepEqual(asked, [undefined, 'Bearer good']);
});

test('without room an upgrade is answered 503, behind the token; readiness is not asked that', async (t) => {
  let room: { message: string; limit: string } | undefined = { message: 'too many', limit: 'max-things' };
  const { listener } = await startListener(t, {
    checkAuthorization: (authorization) => (authorization === undefined ? 'no token' : undefined),
    checkRoom: () => room,
  });
  const token = [...UPGRADE_HEADERS, 'Authorization: Bearer t'];
  t.is((await requestRaw(t, listener.address, {})).status, 401);
  const refused = await requestRaw(t, listener.address, { headers: token });
  t.deepEqual([refused.status, refused.body, refused.headers.get('farhand-limit')], [503, 'too many', 'max-things']);
  t.is((await requestRaw(t, listener.address, { target: '/readyz', headers: [] })).status, 200);
  room = undefined;
  t.is((await requestRaw(t, listener.address, { headers: token })).status, 101);
});

test('past its TCP connections the next one is closed unasked, and one that ends makes room', async (t) => {
  const { listener } = await startListener(t, { sockets: 1 });
  const { port, hostname } = new URL(listener.address);
  const first = connect(Number(port), hostname);
  await once(first, 'connect');
  const second = connect(Number(port), hostname).on('error', () => {});
  await once(second, 'close');
  first.destroy();
  for (;;) {
    const third = connect(Number(port), hostname).on('error', () => {});
    third.end('GET /readyz HTTP/1.1\r\n\r\n');
    const [said] = await Promise.race([once(third, 'data'), once(third, 'close')]);
    if (!Buffer.isBuffer(said)) continue;
    t.regex(said.toString(), /^HTTP\/1.1 200/);
    break;
  }
});

test('bytes that are not HTTP are refused, and others are served on', async (t) => {
  const { listener } = await startListener(t);
  const peer = await connectRaw(t, listener.address);
  peer.socket.write('hello there\r\n\r\n');
  await peer.ended;
  t.is((await requestRaw(t, listener.address, { target: '/readyz', headers: [] })).status, 200);
});

test('a frame sent together with the handshake is a message', async (t) => {
  const { listener, nextLink } = await startListener(t);
  const peer = await connectRaw(t, listener.address);
  peer.socket.write(Buffer.concat([Buffer.from(HANDSHAKE), clientFrame(TEXT, 'early')]));
  const messages = await (await nextLink()).received(1);
  t.is(messages[0]!.text, 'early');
});

test('the address has the real port, and brackets around IPv6', async (t) => {
  const v4 = await startListener(t);
  t.regex(v4.listener.address, /^ws:\/\/127\.0\.0\.1:[1-9]\d*$/);
  const v6 = await startListener(t, { host: '0:0:0:0:0:0:0:1' });
  t.regex(v6.listener.address, /^ws:\/\/\[::1\]:[1-9]\d*$/);
  await upgradeRaw(t, v6.listener.address);
  t.regex((await v6.nextLink()).connection.peer, /^exec-server websocket \[::1\]:\d+$/);
});

test('an address in use, or of another machine, is an error with the text of the system', async (t) => {
  const { listener } = await startListener(t);
  const port = Number(new URL(listener.address).port);
  const accept = () => ({ message: () => {}, closed: () => {} });
  const inUse = await t.throwsAsync(listen({ host: '127.0.0.1', port }, accept));
  t.is(thrownText(inUse), 'Address in use (os error 98)');
  const foreign = await t.throwsAsync(listen({ host: '192.0.2.1', port: 0 }, accept));
  t.is(thrownText(foreign), 'Address not available (os error 99)');
});

test('close drops every connection, whatever its state, tells each end, and may be called twice', async (t) => {
  const { listener, nextLink } = await startListener(t);
  const idle = await connectRaw(t, listener.address);
  const halfAsked = await connectRaw(t, listener.address);
  halfAsked.socket.write('GET / HTTP/1.1\r\n');
  const client = new WebSocket(listener.address);
  await once(client, 'open');
  const first = await nextLink();
  const stalled = await upgradeRaw(t, listener.address);
  stalled.socket.pause();
  const second = await nextLink();
  second.connection.send(Buffer.alloc(16 << 20, 'x'));
  const clientClosed = once(client, 'close');
  await Promise.all([listener.close(), listener.close()]);
  t.is(await first.closed, 'the server is closing');
  t.is(await second.closed, 'the server is closing');
  t.is((await clientClosed)[0], 1006);
  stalled.socket.resume();
  await Promise.all([idle.ended, halfAsked.ended, stalled.ended]);
  const late = connect(Number(new URL(listener.address).port), '127.0.0.1');
  await t.throwsAsync(once(late, 'connect'), { code: 'ECONNREFUSED' });
});

const LIFE_OF_A_LISTENER = `
  import { once } from 'node:events';
  import { WebSocket } from 'ws';
  import { listen } from '#src/transport/listen.js';
  const listener = await listen({ host: '127.0.0.1', port: 0 }, (connection) => ({
    message: () => void connection.probe(60_000),
    closed: () => {},
  }));
  const client = new WebSocket(listener.address);
  await once(client, 'open');
  client.send('x');
  await once(client, 'ping');
  await listener.close();
`;

test('a closed listener leaves no handle, so that the process ends by itself', async (t) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', LIFE_OF_A_LISTENER], { stdio: 'inherit' });
  t.teardown(() => child.kill('SIGKILL'));
  const [code] = await once(child, 'exit');
  t.is(code, 0);
});
