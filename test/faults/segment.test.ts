import test from 'ava';
import { ExecutorProgram } from '../support/executor-program.js';
import { startParams } from '../support/rpc-client.js';
import { clientFrame, serverFrames, TEXT, upgradeRaw } from '../transport/raw-peer.js';

test('exited and closed of a process whose streams are at their end arrive in one segment', async (t) => {
  await using executor = await ExecutorProgram.start();
  const peer = await upgradeRaw(t, executor.url);
  const say = (message: object) => peer.socket.write(clientFrame(TEXT, JSON.stringify(message)));
  const texts = () => serverFrames(peer.bytes).map(({ payload }) => payload.toString());
  say({ id: 1, method: 'initialize', params: { clientName: 'x' } });
  say({ method: 'initialized' });
  for (let round = 0; round < 20; round += 1) {
    say({ id: 2, method: 'process/start', params: startParams(`p${round}`, ['/bin/true']) });
    while (!texts().some((text) => text.includes('process/closed'))) await peer.have(peer.bytes.length + 1);
    const last = peer.chunks.at(-1)!.toString();
    t.true(last.includes('process/exited') && last.includes('process/closed'), `round ${round}: ${last}`);
    peer.forget();
  }
});
