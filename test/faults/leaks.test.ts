/** Whatever was opened is closed when its owner ends. */
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import test from 'ava';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { childrenOf, descriptorsOf, eventually, threadCountOf } from '#test/support/procfs.js';
import { RpcClient } from '#test/support/rpc-client.js';

/** What a program holds, in kinds; numbers behind names of sockets and pipes do not count. */
const held = (pid: number) => ({
  descriptors: descriptorsOf(pid)
    .map((target) => target.replace(/\d+/g, 'n'))
    .sort(),
  threads: threadCountOf(pid),
  children: childrenOf(pid).map(({ state }) => state === 'Z'),
});

/**
 * The same once nothing is on its way any more: the thread for files, begun with the first connection, loads its modules till then,
 * and what has ended may have been told before it is closed.
 */
async function heldAtRest(executor: ExecutorProgram, client: RpcClient) {
  for (let before = held(executor.pid); ; ) {
    await client.call('fs/readDirectory', { path: 'file:///' });
    const now = held(executor.pid);
    if (isDeepStrictEqual(now, before)) return now;
    before = now;
  }
}

const KINDS = [
  { kind: 'processes', count: 500, tty: false },
  { kind: 'terminals', count: 100, tty: true },
] as const;

for (const spawner of SPAWNERS) {
  for (const { kind, count, tty } of KINDS) {
    test(`${count} ${kind} in a row leave no descriptor, thread or zombie (${spawner})`, async (t) => {
      await using executor = await ExecutorProgram.start({ spawner });
      await using client = await RpcClient.connect(executor.url);
      const run = async (id: string) => {
        await client.shell(id, 'read -r x; echo "$x"; exit 3', { tty, pipeStdin: true });
        await client.write(id, 'word\n', '1');
        const record = await client.closed(id);
        return record.exitCode === 3 && record.output().includes('word');
      };
      // What is made once and kept: workers, guards, stocks of pipes.
      for (let n = 0; n < 10; n += 1) await run(`warm ${n}`);
      const before = await heldAtRest(executor, client);
      let right = 0;
      for (let n = 0; n < count; n += 1) if (await run(String(n))) right += 1;
      t.is(right, count);
      await eventually(() => descriptorsOf(executor.pid).length <= before.descriptors.length);
      await eventually(() => childrenOf(executor.pid).length <= before.children.length);
      t.deepEqual(held(executor.pid), before);
    });
  }

  test(`refused starts leave no descriptor or child (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    await client.shell('warm', ':');
    await client.closed('warm');
    const refuse = async (n: number) => {
      for (const tty of [false, true]) {
        await t.throwsAsync(client.start(`a ${n}`, ['/bin/sh'], { tty, pipeStdin: true, cwd: 'file:///nowhere' }));
        await t.throwsAsync(client.start(`b ${n}`, ['/etc/passwd'], { tty, pipeStdin: true }));
        // node-pty tells what fails behind its fork only as text on the terminal.
        if (tty && spawner === 'child_process') continue;
        await t.throwsAsync(client.start(`c ${n}`, ['/bin/sh', 'x'.repeat(200_000)], { tty, pipeStdin: true }));
      }
    };
    await refuse(0);
    const before = await heldAtRest(executor, client);
    for (let n = 1; n <= 50; n += 1) await refuse(n);
    t.deepEqual(held(executor.pid), before);
  });

  test(`starts refused for want of descriptors leave none open (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    // Alive at once, so that each worker gets one and has begun.
    const ids = ['1', '2', '3', '4'];
    for (const id of ids) await client.shell(id, 'sleep 1000');
    for (const id of ids) await client.terminate(id);
    for (const id of ids) await client.closed(id);
    const before = await heldAtRest(executor, client);
    const limitTo = (count: number) => execFileSync('prlimit', ['--pid', `${executor.pid}`, `--nofile=${count}:`]);
    // Enough for one pipe, and not for all three; the numbers below may have holes.
    const taken = readdirSync(`/proc/${executor.pid}/fd`).map(Number);
    let limit = 0;
    for (let free = 0; free < 4; limit += 1) if (!taken.includes(limit)) free += 1;
    limitTo(limit);
    for (let n = 0; n < 5; n += 1) {
      await t.throwsAsync(client.shell('p', ':', { pipeStdin: true }), {
        message: 'No file descriptors available (os error 24)',
      });
    }
    limitTo(4096);
    t.deepEqual(held(executor.pid), before);
  });

  test(`a closed executor leaves nothing that keeps its program alive (${spawner})`, async (t) => {
    const program = fileURLToPath(import.meta.resolve('#test/support/exiting-program.js'));
    const { stdout } = await promisify(execFile)(process.execPath, [program, spawner]);
    t.deepEqual(JSON.parse(stdout), { signals: 0 });
  });
}
