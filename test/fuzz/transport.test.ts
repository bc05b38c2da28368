/** Whatever bytes come to the listener, in whatever pieces: the peer that sent them is let go, and everybody else is served. */
import { deepEqual } from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import test from 'ava';
import { decodeMessage } from '#src/protocol/envelope.js';
import { orUndefined } from '#src/protocol/or-undefined.js';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { descriptorsOf, eventually } from '#test/support/procfs.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { fuzz } from './support/cases.js';
import { hostileFrames, hostileRequest, UPGRADE } from './support/hostile-bytes.js';
import { hostileMessage } from './support/messages.js';

const STATUS = '{"id":1,"method":"environment/status"}';
const PATIENCE_MS = 30_000;
/** These do nothing, whatever their parameters are made of. */
const HARMLESS = ['initialize', 'environment/info', 'environment/status', 'process/read', 'process/signal'];

test.serial('connections that send any bytes end with their peers, and leave nothing', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using control = await RpcClient.connect(executor.url);
  const { hostname, port } = new URL(executor.url);
  await control.call('fs/readDirectory', { path: 'file:///' });
  const before = descriptorsOf(executor.pid).length;
  await fuzz(t, 1_500, async (chance) => {
    const say = () => {
      const message = hostileMessage(chance);
      const read = orUndefined(() => decodeMessage(message));
      return read?.kind !== 'request' || HARMLESS.includes(read.method) ? message : STATUS;
    };
    const bytes = chance.oneIn(3)
      ? Buffer.concat([hostileRequest(chance), hostileFrames(chance, say)])
      : Buffer.concat([UPGRADE, hostileFrames(chance, say)]);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.on('error', () => {}).resume();
    const closed = closeOf(socket);
    for (let from = 0; from < bytes.length; ) {
      const to = from + chance.pick([1, 7, 200, bytes.length]);
      socket.write(bytes.subarray(from, to));
      from = to;
    }
    // Who says no more is not waited for; who is gone is not missed.
    if (chance.oneIn(3)) socket.resetAndDestroy();
    else socket.end();
    await closed;
    if (chance.oneIn(20)) deepEqual(await control.call('environment/status', {}), { status: 'ready' });
  });
  deepEqual(await control.call('environment/status', {}), { status: 'ready' });
  await eventually(() => descriptorsOf(executor.pid).length <= before);
});

/** Resolves when it is closed, with an error or without. */
const closeOf = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    const impatience = setTimeout(() => reject(new Error('the server does not let it go')), PATIENCE_MS);
    socket.on('close', () => {
      clearTimeout(impatience);
      resolve();
    });
  });
