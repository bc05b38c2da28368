import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { FramePool } from '#src/links/frame-pool.js';
import { maskInPlace, unmasked } from '#src/links/masked-frame.js';
import { RelaySocket } from '#src/links/relay-socket.js';

const SIZES = [1, 125, 126, 60_000, 70_000];
const message = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, at) => (at * 7) % 251));

test('what was masked is what it was, from any byte on', (t) => {
  for (const size of SIZES) {
    const masked = message(size);
    const { key } = maskInPlace(masked);
    for (const from of [0, 1, 2, 3, 5, size]) {
      t.deepEqual(unmasked(masked, key, from), Uint8Array.from(message(size).subarray(from)));
    }
  }
});

test('no two messages have the same key', (t) => {
  const keys = Array.from({ length: 100 }, () => Buffer.from(maskInPlace(message(8)).key).toString('hex'));
  t.true(new Set(keys).size > 95);
});

test('frames that are masked where they lie arrive in their order between others, and can be read again', async (t) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const websocket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const [upgrade] = (await once(websocket, 'upgrade')) as [{ socket: import('node:net').Socket }];
  const [peer] = await accepted;
  const came: Buffer[] = [];
  const whole = new Promise<void>((resolve) => {
    peer.on('message', (data: RawData) => {
      came.push(data as Buffer);
      if (came.length === 2 * SIZES.length) resolve();
    });
  });
  if (websocket.readyState !== WebSocket.OPEN) await once(websocket, 'open');
  const link = new RelaySocket(websocket, upgrade.socket, { frame: () => {}, text: () => {}, closed: () => {} });
  const pool = new FramePool();
  await Promise.all(
    SIZES.map(async (size) => {
      const frame = pool.lend(size, 2);
      message(size).copy(frame.bytes);
      const left = new Promise<void>((resolve) => link.sendInPlace(frame, resolve));
      link.send(Buffer.from(`behind ${size}`), () => {});
      await left;
      t.deepEqual(frame.copyFrom(0), Uint8Array.from(message(size)));
    }),
  );
  await whole;
  t.deepEqual(
    came.map((each) => each.toString('hex')),
    SIZES.flatMap((size) => [message(size).toString('hex'), Buffer.from(`behind ${size}`).toString('hex')]),
  );
  link.terminate();
  server.close();
  await once(server, 'close');
});
