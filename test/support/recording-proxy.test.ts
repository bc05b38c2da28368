import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { WebSocket, WebSocketServer } from 'ws';
import { startRecordingProxy } from './recording-proxy.js';

/** A server that answers every message with itself. */
async function startEcho(): Promise<AsyncDisposable & { readonly url: string; readonly server: WebSocketServer }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(data, { binary: false })));
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

async function dial(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  return socket;
}

async function nextText(socket: WebSocket): Promise<string> {
  const [data] = await once(socket, 'message');
  return String(data);
}

const METHOD = '{"id":1,"method":"process/read"}';

test('messages pass both ways and are recorded in order', async (t) => {
  await using echo = await startEcho();
  await using proxy = await startRecordingProxy(echo.url);
  const client = await dial(proxy.url);
  client.send(METHOD);
  t.is(await nextText(client), METHOD);
  t.deepEqual(proxy.messages, [
    { from: 'client', text: METHOD },
    { from: 'server', text: METHOD },
  ]);
});

test('requests are counted by side and method', async (t) => {
  await using echo = await startEcho();
  await using proxy = await startRecordingProxy(echo.url);
  const client = await dial(proxy.url);
  client.send(METHOD);
  client.send('{"id":2,"method":"process/start"}');
  await nextText(client);
  t.is(proxy.count('client', 'process/read'), 1);
  t.is(proxy.count('client', 'process/write'), 0);
  t.is(proxy.count('server', 'process/read'), 1);
});

test('a message sent before the way to the server is open arrives', async (t) => {
  await using echo = await startEcho();
  await using proxy = await startRecordingProxy(echo.url);
  const client = new WebSocket(proxy.url);
  client.on('open', () => client.send(METHOD));
  t.is(await nextText(client), METHOD);
});

test('a cut ends both ends, and the next connection works', async (t) => {
  await using echo = await startEcho();
  await using proxy = await startRecordingProxy(echo.url);
  const client = await dial(proxy.url);
  client.send(METHOD);
  await nextText(client);
  const [atServer] = echo.server.clients;
  const bothClosed = Promise.all([once(client, 'close'), once(atServer!, 'close')]);
  proxy.cut();
  const [[code]] = await bothClosed;
  t.is(code, 1006);

  const again = await dial(proxy.url);
  again.send(METHOD);
  t.is(await nextText(again), METHOD);
});

test('nothing is taken from a stalled side until it is resumed', async (t) => {
  await using echo = await startEcho();
  await using proxy = await startRecordingProxy(echo.url);
  const client = await dial(proxy.url);
  client.send(METHOD);
  await nextText(client);

  proxy.stall('client');
  client.send('"held back"');
  // Sent later, answered earlier: the held message has had its chance to pass.
  const other = await dial(echo.url);
  other.send('"elsewhere"');
  await nextText(other);
  t.is(proxy.messages.length, 2);

  proxy.resume('client');
  t.is(await nextText(client), '"held back"');
});

test('nothing is lost when a side begins to read late', async (t) => {
  await using echo = await startEcho();
  await using proxy = await startRecordingProxy(echo.url);
  const client = await dial(proxy.url);
  client.pause();
  const count = 64;
  const large = JSON.stringify('x'.repeat(1 << 20));
  for (let sent = 0; sent < count; sent += 1) client.send(large);
  let received = 0;
  const all = new Promise<void>((resolve) => {
    client.on('message', () => {
      received += 1;
      if (received === count) resolve();
    });
  });
  client.resume();
  await all;
  t.is(proxy.messages.length, 2 * count);
});
