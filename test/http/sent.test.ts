/** What stands on the wire when a request is made, byte for byte. */
import test from 'ava';
import type { JsonValue } from '#src/protocol/json-value.js';
import { HttpPeer } from '#test/support/http-peer.js';
import { answer, RawHost } from '#test/support/raw-host.js';

type Params = Readonly<Record<string, JsonValue>>;

/** What the host was asked. */
async function sent(
  params: Params,
  { url = '/', environment = {} } = {},
): Promise<{ text: string; authority: string }> {
  await using host = await RawHost.start((_, socket) => socket.write(answer('ok')));
  using peer = new HttpPeer({ environment });
  await peer.ask(`${host.origin}${url}`, params);
  const authority = `127.0.0.1:${host.port}`;
  return { text: host.requests[0]!, authority };
}

const header = (name: string, value: string, valueEnvVar: string | null = null) => ({ name, value, valueEnvVar });
const HI = Buffer.from('hi').toString('base64');

const SENT: Readonly<
  Record<string, { readonly params: Params; readonly wire: readonly string[]; readonly body?: string }>
> = {
  'a GET': { params: {}, wire: ['GET / HTTP/1.1', 'accept: */*', 'host: HOST'] },
  'a method in lower case': { params: { method: 'patch' }, wire: ['patch / HTTP/1.1', 'accept: */*', 'host: HOST'] },
  'a method of no standard': {
    params: { method: "A!#$%&'*+-.^_`|~9" },
    wire: ["A!#$%&'*+-.^_`|~9 / HTTP/1.1", 'accept: */*', 'host: HOST'],
  },
  'a POST with a body': {
    params: { method: 'POST', bodyBase64: HI },
    wire: ['POST / HTTP/1.1', 'accept: */*', 'host: HOST', 'content-length: 2'],
    body: 'hi',
  },
  'a POST without': { params: { method: 'POST' }, wire: ['POST / HTTP/1.1', 'accept: */*', 'host: HOST'] },
  'a POST with an empty body': {
    params: { method: 'POST', bodyBase64: '' },
    wire: ['POST / HTTP/1.1', 'accept: */*', 'host: HOST'],
  },
  'a GET with a body': {
    params: { bodyBase64: HI },
    wire: ['GET / HTTP/1.1', 'accept: */*', 'host: HOST', 'content-length: 2'],
    body: 'hi',
  },
  'a body in chunks': {
    params: { method: 'POST', bodyBase64: HI, headers: [header('Transfer-Encoding', 'chunked')] },
    wire: ['POST / HTTP/1.1', 'transfer-encoding: chunked', 'accept: */*', 'host: HOST'],
    body: '2\r\nhi\r\n0\r\n\r\n',
  },
  'headers, each name where it first came': {
    params: { headers: [header('X-Z', '1'), header('A', '2'), header('x-z', '3'), header('User-Agent', 'me')] },
    wire: ['GET / HTTP/1.1', 'x-z: 1', 'x-z: 3', 'a: 2', 'user-agent: me', 'accept: */*', 'host: HOST'],
  },
  'values as they are': {
    params: { headers: [header('a', '  x  '), header('b', 'é€'), header('c', ''), header('d', 'a\tb')] },
    wire: ['GET / HTTP/1.1', 'a:   x  ', 'b: \xc3\xa9\xe2\x82\xac', 'c: ', 'd: a\tb', 'accept: */*', 'host: HOST'],
  },
  'headers about the connection': {
    params: { headers: [header('connection', 'upgrade'), header('upgrade', 'x'), header('keep-alive', 'timeout=5')] },
    wire: ['GET / HTTP/1.1', 'connection: upgrade', 'upgrade: x', 'keep-alive: timeout=5', 'accept: */*', 'host: HOST'],
  },
  'an expectation, without waiting for it to be met': {
    params: { method: 'POST', bodyBase64: HI, headers: [header('expect', '100-continue')] },
    wire: ['POST / HTTP/1.1', 'expect: 100-continue', 'accept: */*', 'host: HOST', 'content-length: 2'],
    body: 'hi',
  },
  'a trailer that cannot come': {
    params: { headers: [header('te', 'trailers'), header('trailer', 'x')] },
    wire: ['GET / HTTP/1.1', 'te: trailers', 'accept: */*', 'host: HOST'],
  },
};

for (const [what, { params, wire, body = '' }] of Object.entries(SENT)) {
  test(`sent as 0.169.0 sends it: ${what}`, async (t) => {
    const { text, authority } = await sent(params);
    t.is(text, `${wire.join('\r\n').replace('HOST', authority)}\r\n\r\n${body}`);
  });
}

test('a value is completed from the environment', async (t) => {
  const headers = [header('Authorization', 'Bearer ', 'TOKEN')];
  const { text } = await sent({ headers }, { environment: { TOKEN: 'secret' } });
  t.true(text.includes('\r\nauthorization: Bearer secret\r\n'));
});

test('the fragment is not sent', async (t) => {
  t.true((await sent({}, { url: '/a?b#c' })).text.startsWith('GET /a?b HTTP/1.1\r\n'));
});

test('a host may be an IPv6 address', async (t) => {
  await using host = await RawHost.start((_, socket) => socket.write(answer('ok')), { address: '::1' });
  using peer = new HttpPeer();
  t.is((await peer.ask(host.origin)).status, 200);
  t.true(host.requests[0]!.includes(`\r\nhost: [::1]:${host.port}\r\n`));
});

test('CONNECT is a request like others; the connection it makes is closed', async (t) => {
  await using host = await RawHost.start((_, socket) => socket.write('HTTP/1.1 200 OK\r\nx: y\r\n\r\nraw'));
  using peer = new HttpPeer();
  const { status, headers, body } = await peer.ask(host.origin, { method: 'CONNECT' });
  t.deepEqual(
    { status, headers, length: body.length },
    { status: 200, headers: [{ name: 'x', value: 'y' }], length: 0 },
  );
  t.true(host.requests[0]!.startsWith(`CONNECT 127.0.0.1:${host.port} HTTP/1.1\r\n`));
});
