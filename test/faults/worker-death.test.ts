/** A worker that dies takes its own processes with it, says so, and nobody else notices. */
import { once } from 'node:events';
import { fileURLToPath, pathToFileURL } from 'node:url';
import test from 'ava';
import { sandboxOf } from '#test/sandbox/attacks/attack.js';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { childrenOf, eventually, isRunning } from '#test/support/procfs.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const MORTAL = fileURLToPath(import.meta.resolve('#test/support/mortal-executor.js'));
const FAILURE = 'the worker that supervised this process has died; the process was killed';

/** Says its pid, which is its group's, and has a child in that group. */
const FAMILY = 'sleep 1000 & echo $$; cat';
const PROCESSES = ['a', 'b', 'c', 'd', 'e', 'f'];

for (const spawner of SPAWNERS) {
  test(`the processes of a dead worker end with a failure, the others go on, and the next start works (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner, program: MORTAL });
    await using client = await RpcClient.connect(executor.url);
    const groups = new Map<string, number>();
    for (const name of PROCESSES) {
      await client.shell(name, FAMILY, { pipeStdin: true, tty: name === 'f' && spawner === 'auto' });
      await client.until(() => client.record(name).output().includes('\n'));
      groups.set(name, Number.parseInt(client.record(name).output().toString(), 10));
    }
    const guards = childrenOf(executor.pid).filter(({ pid }) => ![...groups.values()].includes(pid));

    executor.tell('one');
    await client.until(() => PROCESSES.some((name) => client.record(name).closed));
    // The events of one death come together; an answer behind them says that all of them are here.
    await client.call('environment/status', {});
    const dead = PROCESSES.filter((name) => client.record(name).closed);
    const alive = PROCESSES.filter((name) => !dead.includes(name));
    t.is(dead.length, spawner === 'auto' ? PROCESSES.length / 2 : PROCESSES.length);

    for (const name of dead) {
      const record = client.record(name);
      t.is(record.exitCode, -1);
      t.deepEqual(
        record.events.map(({ is }) => is),
        ['output', 'exited', 'closed'],
      );
      t.like(await client.read(name), {
        failure: FAILURE,
        exited: true,
        exitCode: -1,
        closed: true,
        nextSeq: record.complete + 1,
      });
      await eventually(() => !isRunning(groups.get(name)!));
    }
    for (const name of alive) {
      await client.write(name, 'still here\n', '1');
      await client.hasWritten(name, 'still here');
      t.is((await client.read(name)).failure, null);
    }
    // The heir reaps what the dead left behind, the guard included.
    await eventually(() => childrenOf(executor.pid).every(({ state }) => state !== 'Z'));
    t.is(guards.filter(({ pid }) => isRunning(pid)).length, guards.length - 1);
    await client.shell('next', 'echo next; exit 3');
    const next = await client.closed('next');
    t.is(next.output().toString(), 'next\n');
    t.is(next.exitCode, 3);
  });

  test(`writes and reads of a dead worker's processes are answered (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner, program: MORTAL });
    await using client = await RpcClient.connect(executor.url);
    for (const name of PROCESSES) await client.shell(name, 'echo ready; sleep 1000', { pipeStdin: true });
    for (const name of PROCESSES) await client.hasWritten(name, 'ready');
    const polls = PROCESSES.map((name) => client.read(name, 1, { waitMs: 600_000 }));
    // More than fits the pipe and the queue: some wait for room.
    const chunk = Buffer.alloc(65_536);
    const writes = PROCESSES.flatMap((name) =>
      Array.from({ length: 135 }, (_, n) => client.write(name, chunk, String(n))),
    );
    executor.tell('all');
    for (const { closed, failure } of await Promise.all(polls)) {
      t.true(closed);
      t.is(failure, FAILURE);
    }
    const answers = await Promise.all(writes);
    t.true(answers.every(({ status }) => status === 'accepted'));
  });
}

for (const spawner of SPAWNERS) {
  (canSandbox ? test : test.skip)(
    `what does file calls in a sandbox ends with its worker and is reaped, and the next call has another (${spawner})`,
    async (t) => {
      using folder = new TemporaryFolder();
      await using executor = await ExecutorProgram.start({ spawner, program: MORTAL });
      await using client = await RpcClient.connect(executor.url);
      const path = pathToFileURL(folder.file('f')).href;
      const sandbox = sandboxOf('workspace without the rest', folder.path);
      await client.call('fs/writeFile', { path, dataBase64: '', sandbox });
      await client.call('fs/open', { handleId: 'h', path, sandbox });
      const before = childrenOf(executor.pid).map(({ pid }) => pid);
      executor.tell('all');
      await eventually(() => before.every((pid) => !childrenOf(executor.pid).some((child) => child.pid === pid)));
      await t.throwsAsync(client.call('fs/readBlock', { handleId: 'h', offset: 0, len: 1 }));
      t.deepEqual(await client.call('fs/readFile', { path, sandbox }), { dataBase64: '' });
    },
  );
}

test('an executor whose workers died before ends cleanly, with nothing left', async (t) => {
  const executor = await ExecutorProgram.start({ program: MORTAL });
  await using client = await RpcClient.connect(executor.url);
  for (const name of ['1', '2', '3']) {
    await client.shell(name, 'echo $$; sleep 1000');
    await client.hasWritten(name, '\n');
  }
  executor.tell('one');
  await client.until(() => [...client.records.values()].some(({ closed }) => closed));
  executor.kill('SIGTERM');
  t.deepEqual(await executor.ended, { code: 0, signal: null });
  for (const record of client.records.values()) {
    await eventually(() => !isRunning(Number.parseInt(record.output().toString(), 10)));
  }
});

test('an executor whose warnings nobody takes any more survives the death of a worker', async (t) => {
  await using executor = await ExecutorProgram.start({ program: MORTAL });
  await using client = await RpcClient.connect(executor.url);
  for (const name of PROCESSES) await client.shell(name, 'sleep 1000');
  const { stderr } = executor.process;
  stderr!.destroy();
  await once(stderr!, 'close');
  executor.tell('all');
  for (const name of PROCESSES) t.is((await client.closed(name)).exitCode, -1);
  await client.shell('next', 'exit 3');
  t.is((await client.closed('next')).exitCode, 3);
});
