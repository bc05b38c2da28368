import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { WebSocketServer } from 'ws';
import { dialWebSocket } from '#src/transport/dial-websocket.js';

test('a client answers pings as a client must, and the link lasts', async (t) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const url = new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const connection = await dialWebSocket({ url, headers: {}, signal: new AbortController().signal }, () => ({
    message: () => {},
    closed: () => {},
  }));
  const [peer] = await accepted;
  for (const payload of ['one', 'two']) {
    const answered = once(peer, 'pong');
    peer.ping(payload);
    // A frame that breaks the rules is an `error` here, and rejects.
    t.deepEqual(await answered, [Buffer.from(payload)]);
  }
  t.is(peer.readyState, peer.OPEN);
  connection.close();
  server.close();
});
