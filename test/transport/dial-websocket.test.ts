/** Attempts that fail. Serial, since the clock and the resolver they turn are everyone's. */
import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { mock } from 'node:test';
import test from 'ava';
import { CONNECT_TIMEOUT_MS } from '#src/protocol/limits.js';
import { dialWebSocket } from '#src/transport/dial-websocket.js';

test.afterEach.always(() => {
  mock.timers.reset();
  mock.restoreAll();
});

function dial(url: string) {
  const signal = new AbortController().signal;
  return dialWebSocket({ url: new URL(url), headers: {}, signal }, () => ({ message() {}, closed() {} }));
}

test.serial('a host whose every address refuses is an error that names them all', async (t) => {
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '127.0.0.2', family: 4 },
  ];
  mock.method(dns, 'lookup', (_host: string, _options: object, done: (error: null, found: object[]) => void) =>
    process.nextTick(done, null, addresses),
  );
  await t.throwsAsync(dial('ws://two-addresses:1'), {
    message: /^connect \w+ 127\.0\.0\.1:1; connect \w+ 127\.0\.0\.2:1$/,
  });
});

test.serial('a listener that goes on answering without an end is given up after 10 s', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const dialling = dial(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [socket] = await once(server, 'connection');
  const closed = new Promise((resolve) => socket.on('close', resolve));
  // It may be told of the end by a reset, which is an error to it.
  socket.on('error', () => {});
  await once(socket, 'data');
  socket.resume();
  socket.write('HTTP/1.1 401 Unauthorized\r\n\r\nno ');
  mock.timers.tick(CONNECT_TIMEOUT_MS);
  await t.throwsAsync(dialling, { message: /10 s/ });
  await closed;
});
