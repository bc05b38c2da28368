/** However the executor ends, none of its processes goes on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { allProcesses, childrenOf, eventually } from '#test/support/procfs.js';
import { ROOT_NOTICE } from '#test/support/root-notice.js';
import { RpcClient, startParams } from '#test/support/rpc-client.js';

/** A leader and two descendants in its group, all of them deaf to polite requests; says the number of the group. */
const FAMILY = `trap '' TERM HUP INT; sleep 1000 & sh -c 'sleep 1000; :' & echo "group $$."; wait`;
const GROUP = /group (\d+)\./;

const membersOf = (groups: readonly number[]) =>
  allProcesses().filter(({ group, state }) => groups.includes(group) && state !== 'Z');

/** Families in two sessions, one of them without a connection; the numbers of their groups, those of the guards included. */
async function startFamilies(t: ExecutionContext, executor: ExecutorProgram): Promise<number[]> {
  const attached = await RpcClient.connect(executor.url);
  const detached = await RpcClient.connect(executor.url);
  const groups: number[] = [];
  for (const client of [attached, detached]) {
    for (const [id, tty] of [
      ['pipes', false],
      ['pipes too', false],
      ['terminal', true],
    ] as const) {
      await client.shell(id, FAMILY, { tty });
      await client.hasWritten(id, '.');
      groups.push(Number(GROUP.exec(client.record(id).output().toString())![1]));
    }
  }
  detached.cut();
  t.true(membersOf(groups).length >= 3 * groups.length);
  return [...new Set([...groups, ...childrenOf(executor.pid).map(({ group }) => group)])];
}

for (const spawner of SPAWNERS) {
  test(`SIGTERM kills every group of every session, and the executor exits with 0 (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    const groups = await startFamilies(t, executor);
    executor.kill('SIGTERM');
    t.deepEqual(await executor.ended, { code: 0, signal: null });
    t.is(executor.stderr, ROOT_NOTICE);
    await eventually(() => membersOf(groups).length === 0);
  });

  test(`a killed executor leaves no group running (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    const groups = await startFamilies(t, executor);
    executor.kill('SIGKILL');
    await executor.ended;
    await eventually(() => membersOf(groups).length === 0);
    t.pass();
  });

  test(`the end of stdin ends an executor on stdio, with everything in it (${spawner})`, async (t) => {
    const executor = spawn(
      process.execPath,
      [fileURLToPath(import.meta.resolve('#src/server.js')), '--listen', 'stdio'],
      {
        env: { ...process.env, FARHAND_SPAWNER: spawner },
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    t.teardown(() => executor.kill('SIGKILL'));
    const group = await startFamilyOnStdio(executor);
    const groups = [group, ...childrenOf(executor.pid!).map((child) => child.group)];
    t.true(membersOf(groups).length >= 3);
    executor.stdin!.end();
    const [code] = await once(executor, 'exit');
    t.is(code, 0);
    await eventually(() => membersOf(groups).length === 0);
  });
}

async function startFamilyOnStdio(executor: ChildProcess): Promise<number> {
  const say = (message: object) => executor.stdin!.write(`${JSON.stringify(message)}\n`);
  say({ id: 1, method: 'initialize', params: { clientName: 'test' } });
  say({ method: 'initialized' });
  say({ id: 2, method: 'process/start', params: startParams('p', ['/bin/sh', '-c', FAMILY]) });
  for await (const line of createInterface({ input: executor.stdout! })) {
    const { method, params } = JSON.parse(line);
    const group = method === 'process/output' && GROUP.exec(Buffer.from(params.chunk, 'base64').toString());
    if (group) return Number(group[1]);
  }
  throw new Error('the executor ended before its process said anything');
}
