import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import test from 'ava';
import { WebSocket, WebSocketServer } from 'ws';
import { WebSocketLink } from '#src/rendezvous/websocket-link.js';

/** A link and its far end; `ended` resolves when the link has told its end. */
async function pair({ pingIntervalMs = 60_000, ...options }: { autoPong: boolean; pingIntervalMs?: number }) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, autoPong: false });
  await once(server, 'listening');
  const far = new WebSocket(`ws://127.0.0.1:${(server.address() as { port: number }).port}`, options);
  const [[near, request]] = await Promise.all([once(server, 'connection'), once(far, 'open')]);
  let told = () => {};
  const ended = new Promise<void>((resolve) => {
    told = resolve;
  });
  const messages: Uint8Array[] = [];
  const arrivals = new EventEmitter();
  const events = {
    message: (bytes: Uint8Array) => {
      messages.push(bytes);
      arrivals.emit('message');
    },
    closed: () => told(),
  };
  const link = new WebSocketLink(near as WebSocket, request.socket as Socket, () => events, pingIntervalMs);
  return {
    ...{ link, far, ended, messages, arrivals },
    [Symbol.asyncDispose]: async () => {
      far.terminate();
      await ended;
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a silent end is given up, one that answers is not', async (t) => {
  await using silent = await pair({ autoPong: false, pingIntervalMs: 20 });
  await using good = await pair({ autoPong: true, pingIntervalMs: 20 });
  let pings = 0;
  good.far.on('ping', () => {
    pings += 1;
  });
  await silent.ended;
  while (pings < 10) await once(good.far, 'ping');
  t.is(good.far.readyState, WebSocket.OPEN);
});

test('an end that does not answer a challenge is gone', async (t) => {
  await using world = await pair({ autoPong: false });
  world.link.challenge(20);
  world.link.challenge(20);
  await world.ended;
  t.pass();
});

test('an end that answers is left in peace, and may be challenged again', async (t) => {
  await using world = await pair({ autoPong: true });
  for (let n = 0; n < 3; n += 1) {
    const pinged = once(world.far, 'ping');
    world.link.challenge(10_000);
    await pinged;
    const arrived = once(world.arrivals, 'message');
    world.far.send('x', { binary: true });
    await arrived;
  }
  t.is(world.far.readyState, WebSocket.OPEN);
});

test('half a link is none: who stops sending is gone, though it takes nothing either', async (t) => {
  await using world = await pair({ autoPong: true });
  world.far.pause();
  for (let n = 0; n < 64; n += 1) world.link.send(new Uint8Array(256 * 1024), () => {});
  (world.far as unknown as { _socket: Socket })._socket.end();
  await world.ended;
  t.pass();
});

test('what comes behind a close is not told, and an end that does not answer it is cut', async (t) => {
  await using world = await pair({ autoPong: true });
  world.far.pause();
  world.far.send('x', { binary: true });
  world.link.close(1008, 'enough');
  await world.ended;
  t.deepEqual(world.messages, []);
});

test('what is sent behind the end is done with, and goes nowhere', async (t) => {
  await using world = await pair({ autoPong: true });
  world.link.close(1001, 'bye');
  await new Promise<void>((resolve) => world.link.send(Uint8Array.of(1), resolve));
  t.is(world.link.queuedBytes, 0);
  t.is((await once(world.far, 'close'))[0], 1001);
});
