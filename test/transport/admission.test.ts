import { connect } from 'node:net';
import test from 'ava';
import type { ConnectionEnds } from '#src/transport/admission.js';
import { requestRaw } from './raw-http.js';
import { clientFrame, connectRaw, HANDSHAKE, TEXT, upgradeRaw } from './raw-peer.js';
import { startListener, withResolvers } from './served-links.js';

const READY = 'GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

test('a refused connection gets no answer, not even that the server is ready', async (t) => {
  for (const admit of [() => false, async () => false, async () => Promise.reject(new Error('no such table'))]) {
    const { listener } = await startListener(t, { admit });
    for (const request of [READY, HANDSHAKE]) {
      const { hostname, port } = new URL(listener.address);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.on('data', () => t.fail('an answer'));
      socket.write(request);
      await new Promise((resolve) => socket.once('close', resolve));
      t.is(socket.bytesRead, 0);
    }
  }
});

test('a held connection is answered only when it is admitted, and loses nothing that it sent before', async (t) => {
  const verdict = withResolvers<boolean>();
  const asked = withResolvers<ConnectionEnds>();
  const { listener, nextLink } = await startListener(t, {
    admit: (ends) => {
      asked.resolve(ends);
      return verdict.promise;
    },
  });
  const peer = await connectRaw(t, listener.address);
  peer.socket.write(Buffer.concat([Buffer.from(HANDSHAKE), clientFrame(TEXT, 'early')]));
  const ends = await asked.promise;
  t.deepEqual(ends, {
    peerAddress: '127.0.0.1',
    peerPort: peer.socket.localPort!,
    ownAddress: '127.0.0.1',
    ownPort: peer.socket.remotePort!,
  });
  t.is(peer.bytes.length, 0);
  verdict.resolve(true);
  const link = await nextLink();
  peer.socket.write(clientFrame(TEXT, 'late'));
  const messages = await link.received(2);
  t.deepEqual(
    messages.map(({ text }) => text),
    ['early', 'late'],
  );
});

test('more than a socket holds back arrives whole', async (t) => {
  const verdict = withResolvers<boolean>();
  const { listener, nextLink } = await startListener(t, { admit: () => verdict.promise });
  const peer = await connectRaw(t, listener.address);
  const frames = Array.from({ length: 100 }, () => clientFrame(TEXT, 'x'.repeat(60_000)));
  peer.socket.write(Buffer.concat([Buffer.from(HANDSHAKE), ...frames]));
  verdict.resolve(true);
  t.is((await (await nextLink()).received(100)).length, 100);
});

test('a peer that leaves while it is held costs nothing, and others are served on', async (t) => {
  const verdict = withResolvers<boolean>();
  const asked = withResolvers<void>();
  let count = 0;
  const { listener } = await startListener(t, {
    admit: () => {
      asked.resolve();
      return count++ > 0 || verdict.promise;
    },
  });
  const peer = await connectRaw(t, listener.address);
  await asked.promise;
  peer.socket.resetAndDestroy();
  await peer.ended;
  t.is((await requestRaw(t, listener.address, { target: '/readyz', headers: [] })).status, 200);
  verdict.resolve(true);
  await upgradeRaw(t, listener.address);
});

test('a listener that closes drops what it holds', async (t) => {
  const asked = withResolvers<void>();
  const { listener } = await startListener(t, {
    admit: () => {
      asked.resolve();
      return new Promise(() => {});
    },
  });
  const peer = await connectRaw(t, listener.address);
  await asked.promise;
  await listener.close();
  await peer.ended;
  t.pass();
});
