/** Whoever is killed at a random moment of much traffic takes along what is its own, and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { DETACHED_SESSION_RETENTION_MS } from '#src/protocol/limits.js';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { allProcesses, descriptorsOf, eventually, threadCountOf } from '#test/support/procfs.js';
import { freshSeed, randomIntegers } from '#test/support/random.js';
import { RpcClient } from '#test/support/rpc-client.js';

const LEAPING = fileURLToPath(import.meta.resolve('#test/support/leaping-executor.js'));
const BUSY = fileURLToPath(import.meta.resolve('#test/support/busy-client.js'));
const CLIENTS = 12;
const ROUNDS = 6;
const STARTS = 60;

test(`${CLIENTS} clients that are killed at random moments leave nothing at the executor`, async (t) => {
  const seed = freshSeed();
  t.log(`FARHAND_TEST_SEED=${seed}`);
  const below = randomIntegers(seed);
  await using executor = await ExecutorProgram.start({ program: LEAPING });
  await using control = await RpcClient.connect(executor.url);
  const killOne = async () => {
    const client = spawn(process.execPath, [BUSY, executor.url], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => client.kill('SIGKILL'));
    await saidAtLeast(client, 1 + below(300));
    client.kill('SIGKILL');
    await once(client, 'exit');
    t.deepEqual(await control.call('environment/status', {}), { status: 'ready' });
  };
  /** Again, where it hears of an end only behind the leap. */
  const forget = async (): Promise<void> => {
    const said = once(executor.process.stderr!, 'data');
    executor.tell(String(DETACHED_SESSION_RETENTION_MS + 1));
    await said;
    if (argumentsOfChildren(executor.pid).some((words) => words.includes('/bin/sleep'))) await forget();
  };
  await Promise.all([killOne(), killOne()]);
  await forget();
  const before = { descriptors: descriptorsOf(executor.pid).length, threads: threadCountOf(executor.pid) };
  for (let left = CLIENTS; left > 0; left -= 2) await Promise.all([killOne(), killOne()]);
  await forget();
  await eventually(() => descriptorsOf(executor.pid).length <= before.descriptors);
  await eventually(() => threadCountOf(executor.pid) <= before.threads);
  t.deepEqual(await control.call('environment/status', {}), { status: 'ready' });
});

for (const spawner of SPAWNERS) {
  test(`an executor that is killed at a random moment of many starts leaves none of them running (${spawner})`, async (t) => {
    const seed = freshSeed();
    t.log(`FARHAND_TEST_SEED=${seed}`);
    const below = randomIntegers(seed);
    for (let round = 0; round < ROUNDS; round += 1) {
      await using executor = await ExecutorProgram.start({ spawner });
      await using client = await RpcClient.connect(executor.url);
      const sign = randomUUID();
      const [last, answered] = [below(STARTS), { count: 0 }];
      for (let n = 0; n < STARTS; n += 1) {
        const argv = ['/bin/sh', '-c', `sh -c 'sleep 1000; :' ${sign} & sleep 1000; :`, sign];
        client.start(String(n), argv).then(
          () => {
            answered.count += 1;
          },
          () => {},
        );
      }
      await client.until(() => answered.count >= last);
      executor.kill('SIGKILL');
      await executor.ended;
      await eventually(() => withSign(sign).length === 0);
    }
    t.pass();
  });
}

/** Resolves when it has said so many letters. Errors: it ended before. */
async function saidAtLeast(client: ChildProcess, count: number): Promise<void> {
  let left = count;
  for await (const piece of client.stdout!) {
    left -= (piece as Buffer).length;
    if (left <= 0) return;
  }
  throw new Error('the client has ended by itself');
}

const withSign = (sign: string): number[] =>
  allProcesses().flatMap(({ pid, state }) => (state !== 'Z' && argumentsOf(pid).includes(sign) ? [pid] : []));

const argumentsOfChildren = (parent: number): string[] =>
  allProcesses().flatMap((entry) => (entry.parent === parent ? [argumentsOf(entry.pid)] : []));

function argumentsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
