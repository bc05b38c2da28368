/** HTTP requests that are slow, endless, many, or asked for by somebody who is gone. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import test from 'ava';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { descriptorsOf, eventually, residentBytesOf } from '#test/support/procfs.js';
import { answer, path, RawHost } from '#test/support/raw-host.js';
import { ROOT_NOTICE } from '#test/support/root-notice.js';
import { RpcClient } from '#test/support/rpc-client.js';

const MIB = 1 << 20;

const asking = (url: string, requestId: string, streamResponse = false) => ({
  method: 'GET',
  url,
  requestId,
  streamResponse,
});

/** Sockets that the program has open. */
const socketsOf = ({ pid }: ExecutorProgram) => descriptorsOf(pid).filter((to) => to.startsWith('socket:')).length;

test('a host that does not answer delays no other request of the same connection', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using host = await RawHost.start((request, socket) => {
    if (path(request) === '/') socket.write(answer('ok'));
  });
  await using client = await RpcClient.connect(executor.url);
  const waiting = [
    client.call('http/request', asking(`${host.origin}/silent`, 'a')),
    client.call('http/request', asking(`${host.origin}/silent`, 'b', true)),
  ];
  await eventually(() => host.requests.length === 2);

  t.is((await client.call('http/request', asking(host.origin, 'c'))).status, 200);
  t.true((await client.call('fs/getMetadata', { path: 'file:///' })).isDirectory);
  await client.shell('p', 'echo ran');
  t.is(String((await client.closed('p')).output()), 'ran\n');

  client.cut();
  for (const request of waiting) await t.throwsAsync(request);
});

test('a client that is gone ends its requests and its streams at their hosts, idle connections too', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using host = await RawHost.start((request, socket) => {
    if (path(request) === '/idle') socket.write(answer('ok'));
    if (path(request) === '/stream') socket.write('HTTP/1.1 200 OK\r\n\r\nbegun');
  });
  const client = await RpcClient.connect(executor.url);
  const waiting = client.call('http/request', asking(`${host.origin}/silent`, 'a'));
  await client.call('http/request', asking(`${host.origin}/stream`, 'b', true));
  await client.call('http/request', asking(`${host.origin}/idle`, 'c'));
  await eventually(() => host.requests.length === 3);
  t.is(host.sockets.size, 3);
  const closed = [...host.sockets].map((socket) => once(socket, 'close'));

  client.cut();
  await t.throwsAsync(waiting);
  await Promise.all(closed);
  // The executor is well, and the session's id may be taken up again.
  await using again = await RpcClient.connect(executor.url, { resume: client.sessionId });
  t.is((await again.call('http/request', asking(`${host.origin}/idle`, 'b'))).status, 200);
});

test('hundreds of requests leave no socket', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using dead = await RawHost.start((_, socket) => socket.destroy());
  await using host = await RawHost.start((request, socket) => {
    if (path(request) === '/moved') socket.write(answer('', { status: 302, headers: ['location: /'] }));
    else if (path(request) === '/cut') socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut');
    else if (path(request) !== '/silent') socket.write(answer('ok'));
  });
  await using client = await RpcClient.connect(executor.url);
  const before = socketsOf(executor);
  for (let i = 0; i < 100; i++) {
    await Promise.allSettled([
      client.call('http/request', asking(host.origin, 'a')),
      client.call('http/request', asking(`${host.origin}/moved`, `b${i}`, true)),
      client.call('http/request', asking(`${host.origin}/cut`, `c${i}`, i % 2 === 0)),
      client.call('http/request', asking(dead.origin, 'd')),
      client.call('http/request', { ...asking(`${host.origin}/silent`, 'e'), timeoutMs: 1 }),
    ]);
  }
  await client.until(() => client.notified.filter(({ params }) => params.done).length === 150);
  // Those kept for the next request are given up after some seconds.
  await eventually(() => socketsOf(executor) === before);
  // The host hears of it a moment later.
  await eventually(() => host.sockets.size === 0);
  t.is(host.sockets.size, 0);
  t.is(executor.stderr, ROOT_NOTICE);
});

test('an endless body waits at its host while the client does not read, and the memory stays flat', async (t) => {
  const BLOCK = Buffer.alloc(MIB);
  let written = 0;
  const pour = (socket: Socket): void => {
    while (!socket.destroyed && socket.write(BLOCK)) written += BLOCK.length;
  };
  await using executor = await ExecutorProgram.start();
  await using host = await RawHost.start((_, socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.on('drain', () => pour(socket));
    pour(socket);
  });
  await using client = await RpcClient.connect(executor.url);
  await client.call('http/request', asking(host.origin, 's', true));
  await client.until(() => client.notified.length > 100);
  const before = residentBytesOf(executor.pid);
  client.pause();
  // What comes to a standstill has stayed the same for longer than any of its parts takes.
  for (let last = -1; last !== written; ) {
    last = written;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  t.true(residentBytesOf(executor.pid) - before < 64 * MIB);

  const stalledAt = client.notified.length;
  client.resume();
  await client.until(() => client.notified.length > stalledAt + 1000);
  const seqs = client.notified.map(({ params }) => params.seq);
  t.deepEqual(
    seqs,
    seqs.map((_, i) => i + 1),
  );
  t.true(residentBytesOf(executor.pid) - before < 64 * MIB);
});

test('nothing that is secret is said anywhere when a request fails', async (t) => {
  const SECRETS = ['the-token', 'the-password', 'the-header', 'proxy-password'];
  const [token, password, header, proxyPassword] = SECRETS;
  await using executor = await ExecutorProgram.start({
    env: { A_TOKEN: token!, HTTPS_PROXY: `http://user:${proxyPassword}@127.0.0.1:1` },
  });
  await using client = await RpcClient.connect(executor.url);
  const headers = [
    { name: 'x-a', value: '', valueEnvVar: 'A_TOKEN' },
    { name: 'x-b', value: header },
    { name: 'x-c', value: `${header}\n` },
  ];
  const told: string[] = [];
  for (const scheme of ['http', 'https', 'ftp']) {
    for (const count of [2, 3]) {
      const url = `${scheme}://user:${password}@127.0.0.1:1/`;
      const request = client.call('http/request', { ...asking(url, 'r'), headers: headers.slice(0, count) });
      told.push((await t.throwsAsync(request))!.message);
    }
  }
  for (const secret of SECRETS) t.false(`${told.join()}${executor.stderr}`.includes(secret), secret);
});
