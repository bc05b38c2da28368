/** A terminate that overtakes the start it is meant for. */
import test from 'ava';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { childrenOf, eventually } from '#test/support/procfs.js';
import { RpcClient, startParams } from '#test/support/rpc-client.js';

for (const spawner of SPAWNERS) {
  for (const tty of [false, true]) {
    test(`a start that is terminated in the same segment is cancelled and leaves nothing (${spawner}, tty ${tty})`, async (t) => {
      await using executor = await ExecutorProgram.start({ spawner });
      await using client = await RpcClient.connect(executor.url);
      // Every worker has begun and has its guard, so that what is counted later are processes.
      await Promise.all(
        ['1', '2', '3', '4'].map(async (id) => {
          await client.shell(id, 'sleep 0.2');
          await client.closed(id);
        }),
      );
      const others = childrenOf(executor.pid).length;
      for (let round = 0; round < 20; round += 1) {
        const params = startParams('p', ['/bin/sh', '-c', 'echo never; sleep 1000'], { tty });
        const [started, terminated] = client.callTogether([
          ['process/start', params],
          ['process/terminate', { processId: 'p' }],
        ]);
        await t.throwsAsync(started!, { message: 'process p start was cancelled' });
        t.deepEqual(await terminated, { running: true });
        await t.throwsAsync(client.read('p'), { message: 'unknown process id p' });
      }
      await eventually(() => childrenOf(executor.pid).length <= others);
      t.deepEqual(client.record('p').events, []);
    });
  }

  test(`the id of a cancelled start is free, and its new owner hears nothing of the old one (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    for (let round = 0; round < 20; round += 1) {
      const id = `p${round}`;
      const [cancelled, terminated, started] = client.callTogether([
        ['process/start', startParams(id, ['/bin/sh', '-c', 'echo old; sleep 1000'])],
        ['process/terminate', { processId: id }],
        ['process/start', startParams(id, ['/bin/sh', '-c', 'echo new; exit 5'])],
      ]);
      await t.throwsAsync(cancelled!, { message: `process ${id} start was cancelled` });
      t.deepEqual(await terminated, { running: true });
      t.deepEqual(await started, { processId: id, sandboxType: 'none' });
      await client.closed(id);
    }
    // The old ones have ended long before this one.
    await client.shell('last', 'sleep 0.3');
    await client.closed('last');
    for (let round = 0; round < 20; round += 1) {
      const record = client.record(`p${round}`);
      t.is(record.output().toString(), 'new\n');
      t.is(record.exitCode, 5);
      t.is(record.disagreements, 0);
      t.is(client.pushed.filter(({ processId }) => processId === `p${round}`).length, record.events.length);
    }
  });
}
