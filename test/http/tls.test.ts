/** Whom we trust, and what a proxy sees. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import test from 'ava';
import { HttpPeer } from '#test/support/http-peer.js';
import { answer, RawHost, type Respond } from '#test/support/raw-host.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { AUTHORITY, IDENTITY } from '#test/support/tls-identity.js';

const SECRET = 'the secret';
const SECRET_HEADER = { headers: [{ name: 'authorization', value: SECRET, valueEnvVar: null }] };

/** Says what it was asked. */
const echo: Respond = (request, socket) => socket.write(answer(request));
const secureHost = () => RawHost.start(echo, { tls: IDENTITY });

function folderWithAuthority(): TemporaryFolder {
  const folder = new TemporaryFolder();
  folder.write('authority.pem', AUTHORITY);
  return folder;
}

/** Carries on whatever it is asked for. */
class PlainProxy implements AsyncDisposable {
  readonly heads: string[] = [];
  /** What went through after the first head. */
  passed = '';
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(status: number) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', (head) => {
        this.heads.push(String(head));
        if (status !== 200) socket.end(`HTTP/1.1 ${status} X\r\n\r\n`);
        else if (String(head).startsWith('CONNECT')) this.#tunnel(String(head), socket);
        else socket.end(answer('from the proxy'));
      });
    });
  }

  static async start(status = 200): Promise<PlainProxy> {
    const proxy = new PlainProxy(status);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that somebody still has to it. */
  get open(): number {
    return [...this.#sockets].filter(({ closed }) => !closed).length;
  }

  async closed(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => socket.closed || once(socket, 'close')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #tunnel(head: string, socket: Socket): void {
    const [, port] = /^CONNECT [^ ]*:(\d+) /.exec(head)!;
    const far = connect(Number(port), '127.0.0.1');
    far.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.on('data', (bytes) => {
      this.passed += bytes.toString('latin1');
    });
    socket.pipe(far).pipe(socket);
  }
}

test('a host whose authority nobody knows gets no request, and the error tells no secret', async (t) => {
  await using host = await secureHost();
  using peer = new HttpPeer();
  const error = await t.throwsAsync(peer.ask(`${host.origin.replace('//', '//user:pw@')}/p`, SECRET_HEADER));
  t.is(error?.message, `http/request failed: error sending request for url (${host.origin}/p)`);
  t.deepEqual(host.requests, []);
});

for (const variable of ['CODEX_CA_CERTIFICATE', 'SSL_CERT_FILE']) {
  test(`the authorities of ${variable} are trusted`, async (t) => {
    using folder = folderWithAuthority();
    await using host = await secureHost();
    using peer = new HttpPeer({ environment: { [variable]: folder.file('authority.pem') } });
    const { body } = await peer.ask(`https://localhost:${host.port}/`);
    t.is(String(body), `GET / HTTP/1.1\r\naccept: */*\r\nhost: localhost:${host.port}\r\n\r\n`);
    await peer.ask(`https://localhost:${host.port}/`);
    t.is(host.connections, 1);
  });
}

test('a certificate for another name is refused', async (t) => {
  using folder = folderWithAuthority();
  await using host = await RawHost.start(echo, { tls: IDENTITY, address: '127.0.0.2' });
  using peer = new HttpPeer({ environment: { SSL_CERT_FILE: folder.file('authority.pem') } });
  await t.throwsAsync(peer.ask(host.origin), { message: /error sending request/ });
});

test('a file of authorities that cannot be used is named, with the variable that names it', async (t) => {
  using folder = new TemporaryFolder();
  folder.write('empty.pem', 'nothing');
  folder.write('broken.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  const failure = async (environment: Readonly<Record<string, string>>) => {
    using peer = new HttpPeer({ environment });
    return (await t.throwsAsync(peer.ask('https://127.0.0.1:1/')))!.message;
  };
  const missing = folder.file('missing.pem');
  t.true(
    (await failure({ CODEX_CA_CERTIFICATE: missing, SSL_CERT_FILE: folder.file('empty.pem') })).startsWith(
      `http/request failed: Failed to read CA certificate file ${missing} selected by CODEX_CA_CERTIFICATE: No such file or directory (os error 2). If you set CODEX_CA_CERTIFICATE or SSL_CERT_FILE, `,
    ),
  );
  for (const name of ['empty.pem', 'broken.pem']) {
    t.true(
      (await failure({ CODEX_CA_CERTIFICATE: '', SSL_CERT_FILE: folder.file(name) })).startsWith(
        `http/request failed: Failed to load CA certificates from ${folder.file(name)} selected by SSL_CERT_FILE: no certificates found in PEM file. `,
      ),
    );
  }
});

test('a file of authorities that was missing is looked for again', async (t) => {
  using folder = new TemporaryFolder();
  await using host = await secureHost();
  using peer = new HttpPeer({ environment: { SSL_CERT_FILE: folder.file('authority.pem') } });
  await t.throwsAsync(peer.ask(host.origin));
  folder.write('authority.pem', AUTHORITY);
  t.is((await peer.ask(host.origin)).status, 200);
});

test('a proxy carries plain requests, told the whole address and who we are to it', async (t) => {
  await using proxy = await PlainProxy.start();
  using peer = new HttpPeer({
    environment: { http_proxy: `http://us%20er:pw@${proxy.address}`, NO_PROXY: 'direct.test' },
  });
  t.is(String((await peer.ask('http://h.test/a?b#c')).body), 'from the proxy');
  const authorization = Buffer.from('us er:pw').toString('base64');
  t.deepEqual(proxy.heads, [
    `GET http://h.test/a?b HTTP/1.1\r\naccept: */*\r\nproxy-authorization: Basic ${authorization}\r\nhost: h.test\r\n\r\n`,
  ]);
});

test('a host that is exempt from the proxy is spoken to directly', async (t) => {
  await using proxy = await PlainProxy.start();
  await using host = await RawHost.start(echo);
  using peer = new HttpPeer({ environment: { HTTP_PROXY: proxy.address, NO_PROXY: '127.0.0.0/8' } });
  await peer.ask(host.origin);
  t.is(host.connections, 1);
  t.deepEqual(proxy.heads, []);
});

test('through a proxy a secure host is spoken to in a tunnel, of which the proxy learns nothing', async (t) => {
  using folder = folderWithAuthority();
  await using proxy = await PlainProxy.start();
  await using host = await secureHost();
  const environment = { HTTPS_PROXY: `http://user:pw@${proxy.address}`, SSL_CERT_FILE: folder.file('authority.pem') };
  {
    using peer = new HttpPeer({ environment });
    const { body } = await peer.ask(`https://localhost:${host.port}/p`, SECRET_HEADER);
    t.is(
      String(body),
      `GET /p HTTP/1.1\r\nauthorization: ${SECRET}\r\naccept: */*\r\nhost: localhost:${host.port}\r\n\r\n`,
    );
  }
  const authorization = Buffer.from('user:pw').toString('base64');
  t.deepEqual(proxy.heads, [
    `CONNECT localhost:${host.port} HTTP/1.1\r\nHost: localhost:${host.port}\r\nProxy-Authorization: Basic ${authorization}\r\n\r\n`,
  ]);
  t.false(proxy.passed.includes(SECRET));
  await proxy.closed();
  t.is(proxy.open, 0);
});

test('a tunnel that the proxy refuses, or whose other end is not trusted, carries no request and is closed', async (t) => {
  await using host = await secureHost();
  for (const status of [403, 200]) {
    await using proxy = await PlainProxy.start(status);
    using peer = new HttpPeer({ environment: { HTTPS_PROXY: proxy.address } });
    await t.throwsAsync(peer.ask(`${host.origin}/`), {
      message: `http/request failed: error sending request for url (${host.origin}/)`,
    });
    await proxy.closed();
  }
  t.deepEqual(host.requests, []);
});

test('a proxy that never answers is left when the time is over, or the peer gone', async (t) => {
  const sockets: Socket[] = [];
  // Read, since otherwise its end would not be seen.
  const silent = createServer((socket) => sockets.push(socket.on('error', () => {}).resume()));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const HTTPS_PROXY = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  {
    using peer = new HttpPeer({ environment: { HTTPS_PROXY } });
    await t.throwsAsync(peer.ask('https://h.test/', { timeoutMs: 20 }));
    const endless = peer.ask('https://h.test/');
    await once(silent, 'connection');
    queueMicrotask(() => peer[Symbol.dispose]());
    await t.throwsAsync(endless);
  }
  await new Promise((resolve) => silent.close(resolve));
  for (const socket of sockets) t.true(socket.closed);
});

test('a proxy may itself be spoken to in TLS', async (t) => {
  using folder = folderWithAuthority();
  await using proxy = await secureHost();
  const environment = { HTTP_PROXY: `https://localhost:${proxy.port}`, SSL_CERT_FILE: folder.file('authority.pem') };
  using peer = new HttpPeer({ environment });
  t.is(
    String((await peer.ask('http://h.test/')).body),
    'GET http://h.test/ HTTP/1.1\r\naccept: */*\r\nhost: h.test\r\n\r\n',
  );
});
