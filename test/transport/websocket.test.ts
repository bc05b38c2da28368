import { once } from 'node:events';
import test from 'ava';
import { WebSocket } from 'ws';
import { INBOUND_MESSAGE_BYTES, OUTBOUND_FRAME_BYTES } from '#src/protocol/limits.js';
import { listen } from '#src/transport/listen.js';
import { BINARY, CLOSE, clientFrame, PING, PONG, serverFrames, TEXT, upgradeRaw } from './raw-peer.js';
import { startListener, withResolvers } from './served-links.js';

test('text messages arrive in order, with their text and bytes', async (t) => {
  const { listener, nextLink } = await startListener(t);
  const client = new WebSocket(listener.address);
  t.teardown(() => client.terminate());
  await once(client, 'open');
  client.send('{"a":"é"}');
  client.send('two');
  const messages = await (await nextLink()).received(2);
  t.deepEqual(
    messages.map(({ text }) => text),
    ['{"a":"é"}', 'two'],
  );
  t.deepEqual(Buffer.from(messages[0]!.bytes), Buffer.from('{"a":"é"}'));
});

test('a binary frame has a text only when it is UTF-8', async (t) => {
  const { listener, nextLink } = await startListener(t);
  const peer = await upgradeRaw(t, listener.address);
  peer.socket.write(clientFrame(BINARY, 'ok'));
  peer.socket.write(clientFrame(BINARY, Buffer.from([0x22, 0xff, 0x22])));
  const messages = await (await nextLink()).received(2);
  t.is(messages[0]!.text, 'ok');
  t.is(messages[1]!.text, undefined);
  t.deepEqual([...messages[1]!.bytes], [0x22, 0xff, 0x22]);
});

test('a message in fragments is one message', async (t) => {
  const { listener, nextLink } = await startListener(t);
  const peer = await upgradeRaw(t, listener.address);
  peer.socket.write(clientFrame(TEXT, 'one ', { fin: false }));
  peer.socket.write(clientFrame(PING, 'between'));
  peer.socket.write(clientFrame(0, 'message'));
  const messages = await (await nextLink()).received(1);
  t.is(messages[0]!.text, 'one message');
});

test('a message of exactly the inbound limit arrives, one byte more ends the link with a bare close', async (t) => {
  const { listener, nextLink } = await startListener(t);
  const client = new WebSocket(listener.address);
  t.teardown(() => client.terminate());
  await once(client, 'open');
  const link = await nextLink();
  client.send(Buffer.alloc(INBOUND_MESSAGE_BYTES, 'x'), { binary: false });
  const messages = await link.received(1);
  t.is(messages[0]!.bytes.byteLength, INBOUND_MESSAGE_BYTES);
  client.on('error', () => {});
  client.send(Buffer.alloc(INBOUND_MESSAGE_BYTES + 1, 'x'), { binary: false });
  const [code] = await once(client, 'close');
  t.is(code, 1006);
  t.regex(await link.closed, /payload/);
});

test('everything sent in one turn leaves in one segment, also what promises of that turn send', async (t) => {
  const { listener, nextLink } = await startListener(t, {
    onMessage: (connection) => {
      connection.send('reply');
      Promise.resolve()
        .then(() => connection.send('event'))
        .then(() => process.nextTick(() => connection.send('last')));
    },
  });
  const peer = await upgradeRaw(t, listener.address);
  const link = await nextLink();
  for (let round = 1; round <= 50; round += 1) {
    peer.socket.write(clientFrame(TEXT, 'go'));
    await link.received(round);
    const bytes = await peer.have(7 + 7 + 6);
    t.is(peer.chunks.length, 1);
    t.deepEqual(
      serverFrames(bytes).map(({ payload }) => payload.toString()),
      ['reply', 'event', 'last'],
    );
    peer.forget();
  }
});

test('messages are sent as whole text frames, views of shared memory and empty ones included', async (t) => {
  const { listener, nextLink } = await startListener(t);
  const peer = await upgradeRaw(t, listener.address);
  const { connection } = await nextLink();
  const shared = new Uint8Array(new SharedArrayBuffer(64), 8, 5);
  shared.set(Buffer.from('hello'));
  const sent = withResolvers<void>();
  connection.send('');
  connection.send('ü');
  connection.send(shared, () => sent.resolve());
  t.is(connection.queuedBytes, 7);
  const frames = serverFrames(await peer.have(2 + 4 + 7));
  t.deepEqual(
    frames.map(({ fin, opcode, payload }) => [fin, opcode, payload.toString()]),
    [
      [true, TEXT, ''],
      [true, TEXT, 'ü'],
      [true, TEXT, 'hello'],
    ],
  );
  await sent.promise;
  t.is(connection.queuedBytes, 0);
});

for (const extra of [0, 1]) {
  test(`a message of the frame limit plus ${extra} leaves in ${1 + extra} frames`, async (t) => {
    const { listener, nextLink } = await startListener(t);
    const peer = await upgradeRaw(t, listener.address);
    const { connection } = await nextLink();
    const message = Buffer.alloc(OUTBOUND_FRAME_BYTES + extra, 'é');
    let sent = 0;
    const done = withResolvers<void>();
    connection.send(message, () => {
      sent += 1;
      done.resolve();
    });
    connection.send('next');
    const frames = serverFrames(await peer.have(message.length + 10 + 2 * extra + 6));
    t.deepEqual(
      frames.map(({ fin, opcode, payload }) => [fin, opcode, payload.length]),
      [[extra === 0, TEXT, OUTBOUND_FRAME_BYTES], ...(extra === 0 ? [] : [[true, 0, extra]]), [true, TEXT, 4]],
    );
    t.true(Buffer.concat(frames.slice(0, -1).map(({ payload }) => payload)).equals(message));
    await done.promise;
    t.is(sent, 1);
  });
}

test('no close frame is ever sent: not by close, not in answer to one', async (t) => {
  const { listener, nextLink } = await startListener(t);
  const closedByUs = await upgradeRaw(t, listener.address);
  const link = await nextLink();
  link.connection.send('last words');
  link.connection.close('enough');
  link.connection.close('too late to say');
  await closedByUs.ended;
  t.is(await link.closed, 'enough');
  t.deepEqual(
    serverFrames(closedByUs.bytes).map(({ payload }) => payload.toString()),
    ['last words'],
  );

  const closedByPeer = await upgradeRaw(t, listener.address);
  const other = await nextLink();
  closedByPeer.socket.write(clientFrame(CLOSE, Buffer.from([0x03, 0xe8])));
  await closedByPeer.ended;
  await other.closed;
  t.is(closedByPeer.bytes.length, 0);
});

const violations = {
  'a reserved opcode': Buffer.from('838000000000', 'hex'),
  'a frame without a mask': Buffer.from('81027b7d', 'hex'),
  'a text frame that is not UTF-8': Buffer.from('818100000000ff', 'hex'),
  'a reserved bit': Buffer.from('c18000000000', 'hex'),
  'a continuation of nothing': clientFrame(0, 'x'),
};
for (const [what, bytes] of Object.entries(violations)) {
  test(`${what} ends the link with a bare close, after the messages before it`, async (t) => {
    const { listener, nextLink } = await startListener(t);
    const peer = await upgradeRaw(t, listener.address);
    const link = await nextLink();
    peer.socket.write(Buffer.concat([clientFrame(TEXT, 'before'), bytes]));
    await peer.ended;
    t.not(await link.closed, '');
    t.is(peer.bytes.length, 0);
    t.deepEqual(
      link.messages.map(({ text }) => text),
      ['before'],
    );
  });
}

test('a peer that stops sending is closed at once, even when it does not read', async (t) => {
  const { listener, nextLink } = await startListener(t);
  const peer = await upgradeRaw(t, listener.address);
  const { connection, closed } = await nextLink();
  peer.socket.pause();
  let sent = 0;
  for (let i = 0; i < 64; i += 1) connection.send(Buffer.alloc(1 << 20, 'x'), () => sent++);
  peer.socket.end();
  await closed;
  t.is(sent, 64);
  t.is(connection.queuedBytes, 0);
});

test('sent is called once for each message when the link is cut, and never inside send', async (t) => {
  const { listener, nextLink } = await startListener(t);
  const peer = await upgradeRaw(t, listener.address);
  const { connection, closed } = await nextLink();
  peer.socket.pause();
  const calls = Array.from({ length: 40 }, () => 0);
  const send = (index: number) => connection.send(Buffer.alloc(1 << 20, 'x'), () => void calls[index]!++);
  for (let index = 0; index < 20; index += 1) send(index);
  connection.close();
  for (let index = 20; index < 30; index += 1) send(index);
  await closed;
  for (let index = 30; index < 40; index += 1) send(index);
  t.deepEqual(
    calls.slice(30),
    Array.from({ length: 10 }, () => 0),
  );
  await new Promise((resolve) => connection.send('', () => resolve(undefined)));
  t.deepEqual(
    calls,
    Array.from({ length: 40 }, () => 1),
  );
});

test('a paused link holds what came in the same chunk, sends all the same, and goes on in order', async (t) => {
  const { listener, nextLink } = await startListener(t, {
    onMessage: (connection, { text }) => {
      if (text === '2') connection.pause();
    },
  });
  const peer = await upgradeRaw(t, listener.address);
  const link = await nextLink();
  peer.socket.write(Buffer.concat(['1', '2', '3', '4'].map((text) => clientFrame(TEXT, text))));
  await link.received(2);
  link.connection.send('while paused');
  await peer.have(14);
  peer.socket.write(clientFrame(TEXT, '5'));
  t.is(link.messages.length, 2);
  link.connection.resume();
  t.is(link.messages.length, 2);
  await link.received(5);
  t.deepEqual(
    link.messages.map(({ text }) => text),
    ['1', '2', '3', '4', '5'],
  );
});

test('messages before a close frame are delivered before the end is told, also through a pause', async (t) => {
  const { listener, nextLink } = await startListener(t, {
    onMessage: (connection, { text }) => {
      if (text === '1') connection.pause();
    },
  });
  const peer = await upgradeRaw(t, listener.address);
  const link = await nextLink();
  peer.socket.write(Buffer.concat([clientFrame(TEXT, '1'), clientFrame(TEXT, '2'), clientFrame(CLOSE, '')]));
  await peer.ended;
  t.is(link.messages.length, 1);
  link.connection.resume();
  await link.closed;
  t.deepEqual(
    link.messages.map(({ text }) => text),
    ['1', '2'],
  );
});

test('after close nothing more is delivered, not even what is held', async (t) => {
  const { listener, nextLink } = await startListener(t, {
    onMessage: (connection, { text }) => {
      if (text === '1') connection.pause();
    },
  });
  const peer = await upgradeRaw(t, listener.address);
  const link = await nextLink();
  peer.socket.write(Buffer.concat([clientFrame(TEXT, '1'), clientFrame(TEXT, '2'), clientFrame(CLOSE, '')]));
  await peer.ended;
  link.connection.close('do not care');
  await link.closed;
  link.connection.resume();
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  t.is(link.messages.length, 1);
});

test('pings are answered with their payload; of many at once the latest is', async (t) => {
  const { listener, nextLink } = await startListener(t);
  const peer = await upgradeRaw(t, listener.address);
  await nextLink();
  peer.socket.write(Buffer.concat(Array.from({ length: 200 }, (_, n) => clientFrame(PING, `ping ${n}`))));
  for (let frames = serverFrames(await peer.have(1)); ; frames = serverFrames(await peer.have(peer.bytes.length + 1))) {
    t.true(frames.every(({ opcode }) => opcode === PONG));
    if (frames.at(-1)?.payload.toString() === 'ping 199') break;
  }
  t.true(serverFrames(peer.bytes).length < 200);
});

test('a peer is pinged at intervals, and dropped when it answers none', async (t) => {
  const { listener, nextLink } = await startListener(t, { pingIntervalMs: 100 });
  const peer = await upgradeRaw(t, listener.address);
  const link = await nextLink();
  await peer.ended;
  t.is(await link.closed, 'the peer answered nothing');
  const frames = serverFrames(peer.bytes);
  t.true(frames.length >= 2);
  t.true(frames.every(({ opcode, payload }) => opcode === PING && payload.length === 0));
});

test('a peer that sends anything at all is kept', async (t) => {
  const { listener } = await startListener(t, { pingIntervalMs: 100 });
  const peer = await upgradeRaw(t, listener.address);
  for (let pings = 1; pings <= 8; pings += 1) {
    await peer.have(2 * pings);
    // Half a frame is enough: bytes count, not messages.
    peer.socket.write(pings % 2 === 1 ? Buffer.from([0x81]) : Buffer.from([0x80, 0, 0, 0, 0]));
  }
  t.false(peer.socket.readableEnded);
  t.is(serverFrames(peer.bytes).length, 8);
});

test('a paused link is not dropped for its silence', async (t) => {
  const { listener, nextLink } = await startListener(t, { pingIntervalMs: 100 });
  const peer = await upgradeRaw(t, listener.address);
  const { connection } = await nextLink();
  connection.pause();
  t.is(serverFrames(await peer.have(2 * 6)).length, 6);
  t.true(await connection.probe(1));
});

test('a probe is answered by any byte of the peer', async (t) => {
  const { listener, nextLink } = await startListener(t);
  const peer = await upgradeRaw(t, listener.address);
  const { connection } = await nextLink();
  const alive = connection.probe(60_000);
  t.is(serverFrames(await peer.have(2))[0]?.opcode, PING);
  peer.socket.write(Buffer.from([0x81]));
  t.true(await alive);
});

test('a probe of a peer that stays silent, or of a link that ends, is false', async (t) => {
  const { listener, nextLink } = await startListener(t);
  const peer = await upgradeRaw(t, listener.address);
  const { connection } = await nextLink();
  t.false(await connection.probe(10));
  const pending = connection.probe(60_000);
  peer.socket.destroy();
  t.false(await pending);
  t.false(await connection.probe(60_000));
});

test('a link is named after the address of its peer', async (t) => {
  const { listener, nextLink } = await startListener(t);
  const peer = await upgradeRaw(t, listener.address);
  t.is((await nextLink()).connection.peer, `exec-server websocket 127.0.0.1:${peer.socket.localPort}`);
});

test('a link closed inside accept tells its end all the same', async (t) => {
  const told = withResolvers<string>();
  const listener = await listen({ host: '127.0.0.1', port: 0 }, (connection) => {
    connection.close('not today');
    return { message: () => t.fail(), closed: told.resolve };
  });
  t.teardown(() => listener.close());
  await upgradeRaw(t, listener.address);
  t.is(await told.promise, 'not today');
});
