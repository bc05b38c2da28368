/** A link that is not read, with a clock that the test turns. Serial, since timers are everyone's. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { mock } from 'node:test';
import test from 'ava';
import type { WebSocket } from 'ws';
import type { LinkEnd } from '#src/links/link-end.js';
import { RelaySocket } from '#src/links/relay-socket.js';

test.beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }));
test.afterEach.always(() => mock.timers.reset());

/** What the library would do, as far as a link asks for it; every write is taken at once. */
class FakeWebSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  reading = true;
  pings = 0;
  readonly said: string[] = [];
  pause(): void {
    this.reading = false;
  }
  resume(): void {
    this.reading = true;
  }
  ping(_data: unknown, _mask: unknown, done: () => void): void {
    this.pings += 1;
    done();
  }
  pong(_data: unknown, _mask: unknown, done: () => void): void {
    done();
  }
  close(code: number): void {
    this.said.push(`close ${code}, ${this.reading ? 'reading' : 'not reading'}`);
  }
  terminate(): void {
    this.readyState = 3;
    this.emit('close', 1006);
  }
}

function openSocket() {
  const websocket = new FakeWebSocket();
  const ends: LinkEnd[] = [];
  const socket = Object.assign(new EventEmitter(), { setNoDelay: () => {} });
  const link = new RelaySocket(
    websocket as unknown as WebSocket,
    socket as unknown as Socket,
    { frame: () => {}, text: () => {}, closed: (end) => ends.push(end) },
    () => Date.now(),
  );
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) mock.timers.tick(1_000);
  };
  return { link, websocket, ends, pass };
}

test.serial('a link on which nothing comes, no pong either, ends 50 s after it began', (t) => {
  const { websocket, ends, pass } = openSocket();
  pass(49);
  t.deepEqual([websocket.pings, ends], [1, []]);
  pass(1);
  t.deepEqual(ends, ['pong_timeout']);
});

for (const kind of ['message', 'ping', 'pong']) {
  test.serial(`a link has 50 s from the last ${kind}`, (t) => {
    const { websocket, ends, pass } = openSocket();
    pass(20);
    websocket.emit(kind, Buffer.alloc(0), true);
    pass(49);
    t.deepEqual(ends, []);
    pass(1);
    t.deepEqual(ends, ['pong_timeout']);
  });
}

test.serial('a link whose pings are not answered ends 90 s after it began, whatever else comes', (t) => {
  const { websocket, ends, pass } = openSocket();
  for (let tens = 0; tens < 8; tens += 1) {
    pass(10);
    websocket.emit('message', Buffer.alloc(0), true);
  }
  pass(9);
  t.deepEqual([websocket.pings, ends], [1, []]);
  pass(1);
  t.deepEqual(ends, ['pong_timeout']);
});

test.serial('a link that we do not read is not blamed for it, and has its time again afterwards', (t) => {
  const { link, websocket, ends, pass } = openSocket();
  pass(40);
  link.pause();
  t.false(websocket.reading);
  pass(600);
  t.deepEqual(ends, []);
  t.true(websocket.pings > 5, 'the rendezvous hears of us');
  link.resume();
  t.true(websocket.reading);
  pass(49);
  t.deepEqual(ends, []);
  pass(1);
  t.deepEqual(ends, ['pong_timeout']);
});

test.serial('a link that is not read is read again to hear the answer to its close', (t) => {
  const { link, websocket, ends, pass } = openSocket();
  link.pause();
  link.close();
  t.deepEqual(websocket.said, ['close 1001, reading']);
  pass(1);
  t.deepEqual(ends, ['local_shutdown']);
});
