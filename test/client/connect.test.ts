/** Reaching an executor, and leaving it with nothing left behind. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { connect, TransportError } from '#src/index.js';
import { FakeServer, Refusal } from '#test/support/fake-server.js';

const FAKE_STDIO = fileURLToPath(import.meta.resolve('#test/support/fake-stdio-executor.js'));
const LEAVES_NOTHING = fileURLToPath(import.meta.resolve('#test/support/client-leaves-nothing.js'));

const mistakes: readonly (readonly [string | URL, RegExp])[] = [
  ['127.0.0.1:80', /^url: expected ws/],
  ['', /^url: expected ws:\/\/HOST:PORT or https:\/\/REGISTRY\/ENVIRONMENT; this is no URL$/],
  ['ftp://127.0.0.1/', /^url: expected ws:, wss: or https:, got ftp:/],
  [new URL('ws://h/#x'), /^url: .*fragment/],
];
for (const [url, message] of mistakes) {
  test(`"${url}" is refused as a URL, with the reason`, async (t) => {
    await t.throwsAsync(connect(url), { code: 'BAD_ARGUMENT', message });
  });
}

test('a token is not for a command', async (t) => {
  await t.throwsAsync(connect({ command: 'x' }, { token: 't' }), { code: 'BAD_ARGUMENT', message: /^token: / });
});

test('nobody listening is an error that names the place, without its secrets', async (t) => {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const error = await t.throwsAsync(connect(`ws://me:secret@127.0.0.1:${port}/?token=secret`), {
    instanceOf: TransportError,
    code: 'CONNECT_FAILED',
  });
  t.is(error?.message, `cannot connect to ws://127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`);
});

test('a listener that refuses is quoted', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', (_, socket) =>
    socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 13\r\n\r\ninvalid token'),
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await t.throwsAsync(connect(`ws://127.0.0.1:${port}`), {
    code: 'CONNECT_FAILED',
    message: /the listener answered 401: invalid token$/,
  });
  server.close();
});

test('token and headers go with the upgrade request', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  const upgraded = once(server, 'upgrade');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connecting = connect(`ws://127.0.0.1:${port}`, { token: 'secret', headers: { 'x-more': 'yes' } });
  const [request, socket] = await upgraded;
  socket.destroy();
  await t.throwsAsync(connecting, { code: 'CONNECT_FAILED' });
  t.is(request.headers.authorization, 'Bearer secret');
  t.is(request.headers['x-more'], 'yes');
  t.is(request.headers['sec-websocket-extensions'], undefined);
  server.close();
});

test('a connect that is given up ends its dialling', async (t) => {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const abort = new AbortController();
  const connecting = connect(`ws://127.0.0.1:${port}`, { signal: abort.signal });
  const [socket] = await once(server, 'connection');
  abort.abort();
  await t.throwsAsync(connecting, { code: 'ABORTED' });
  socket.resume();
  await once(socket, 'close');
  server.close();
});

test('an executor that refuses the session is an error with its code', async (t) => {
  await using server = await FakeServer.start();
  server.on('initialize', () => {
    throw new Refusal(-32602, 'missing field `x`');
  });
  await t.throwsAsync(connect(server.url), { code: 'REFUSED', message: /-32602.*missing field `x`/ });
});

test('an old executor is asked for its environment, and a very old one has none', async (t) => {
  await using server = await FakeServer.start();
  server.on('initialize', () => ({ sessionId: 's' }));
  {
    await using client = await connect(server.url);
    t.is(client.environment, undefined);
  }
  server.on('environment/info', () => ({ shell: { name: 'zsh', path: '/bin/zsh' } }));
  await using client = await connect(server.url);
  t.is(client.environment?.shell.name, 'zsh');
  t.false(client.environment?.capabilities.fsWatchMissing);
});

test('a command is an executor, too, and ends with its client', async (t) => {
  const client = await connect({ command: process.execPath, args: [FAKE_STDIO] });
  t.is(await client.status(), 'ready');
  const { pid } = await client
    .call('process/start', {
      processId: 'p',
      argv: ['x'],
      cwd: 'file:///',
      env: {},
      tty: false,
    })
    .then(({ processId }) => ({ pid: Number(processId) }));
  await client.close();
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('a command that cannot be started is an error', async (t) => {
  await t.throwsAsync(connect({ command: '/does/not/exist' }), { code: 'CONNECT_FAILED', message: /ENOENT/ });
});

test('a command that ends takes its session with it', async (t) => {
  await using client = await connect({ command: process.execPath, args: [FAKE_STDIO, 'exit-on-start'] });
  await t.throwsAsync(client.start(['x']), { code: 'DISCONNECTED' });
  t.is(client.state, 'failed');
});

test('a program that closes its client ends by itself', async (t) => {
  await using server = await FakeServer.start();
  const { stdout } = await promisify(execFile)(process.execPath, [LEAVES_NOTHING, server.url], { timeout: 20_000 });
  t.is(stdout, 'done\n');
});

test('a connect that is given up while its command starts leaves no command behind', async (t) => {
  const abort = new AbortController();
  const folder = await mkdtemp(join(tmpdir(), 'farhand-'));
  const pidFile = join(folder, 'pid');
  const connecting = connect(
    { command: '/bin/sh', args: ['-c', `echo $$ > ${pidFile}; exec cat > /dev/null`] },
    { signal: abort.signal },
  );
  abort.abort();
  await t.throwsAsync(connecting, { code: 'ABORTED' });
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => 'NaN'));
  if (!Number.isNaN(pid)) t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  await rm(folder, { recursive: true });
});
