/** Descendants whose parents have ended become children of an executor program, which reaps them when they end. */
import test from 'ava';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { childrenOf, entryOf, eventually } from '#test/support/procfs.js';
import { RpcClient } from '#test/support/rpc-client.js';

/** Lets a daemon go that ends when its input, a FIFO, does; says its pid. */
const DAEMON = 'setsid sh -c "sleep 1000 & echo \\$!" 2>/dev/null';

test('a daemon that a command has left behind is the child of the executor, and no zombie when it ends', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  await client.shell('p', `${DAEMON} | head -n 1`);
  await client.hasWritten('p', '\n');
  const daemon = Number(client.record('p').output().toString());
  await client.until(() => client.record('p').exitCode === 0);
  await eventually(() => entryOf(daemon)?.parent === executor.pid);
  process.kill(daemon, 'SIGKILL');
  await eventually(() => entryOf(daemon) === undefined);
  // Others are waited for as ever.
  await client.shell('q', 'exit 7');
  t.is((await client.closed('q')).exitCode, 7);
});

test('hundreds of orphans that end leave nothing', async (t) => {
  await using executor = await ExecutorProgram.start();
  await using client = await RpcClient.connect(executor.url);
  // Both workers serve by then, and have their guards.
  for (const id of ['a', 'b']) await client.shell(id, 'sleep 0.2');
  for (const id of ['a', 'b']) await client.closed(id);
  const before = childrenOf(executor.pid).length;
  for (let round = 0; round < 20; round += 1) {
    // Each subshell ends before what it has begun.
    await client.shell(
      `p${round}`,
      'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do (sleep 0.05 &) done',
    );
    await client.closed(`p${round}`);
  }
  await eventually(() => childrenOf(executor.pid).length === before);
  t.pass();
});

test('without native calls orphans are those of the system, as ever', async (t) => {
  await using executor = await ExecutorProgram.start({ spawner: 'child_process' });
  await using client = await RpcClient.connect(executor.url);
  await client.shell('p', `${DAEMON} | head -n 1`);
  await client.hasWritten('p', '\n');
  const daemon = Number(client.record('p').output().toString());
  await client.until(() => client.record('p').exitCode === 0);
  t.not(entryOf(daemon)?.parent, executor.pid);
  process.kill(daemon, 'SIGKILL');
});
