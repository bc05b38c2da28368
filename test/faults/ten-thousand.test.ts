/** Ten thousand commands in a row: when they are forgotten, nothing of them is left. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { CLOSED_PROCESS_RETENTION_MS } from '#src/protocol/limits.js';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { childrenOf, descriptorsOf, eventually, residentBytesOf, threadCountOf } from '#test/support/procfs.js';
import { RpcClient } from '#test/support/rpc-client.js';

const LEAPING = fileURLToPath(import.meta.resolve('#test/support/leaping-executor.js'));
/** In each of two rounds. The first shows what is kept for the next ones: threads, stocks, memory that the program has asked for. */
const COMMANDS = 5_000;
const AT_ONCE = 4;
/** A hundred bytes of each command would be more than this. */
const HEAP_GROWTH_BYTES = 400_000;
/** What the allocators of threads keep differs from time to time. */
const RESIDENT_GROWTH_BYTES = 20 * 1024 * 1024;

test(`${2 * COMMANDS} commands in a row leave no descriptor, thread, zombie or memory`, async (t) => {
  t.timeout(600_000);
  await using executor = await ExecutorProgram.start({ program: LEAPING });
  await using client = await RpcClient.connect(executor.url);
  let started = 0;
  let right = 0;
  const runAll = async (last: number) => {
    while (started < last) {
      const id = String(started++);
      await client.start(id, ['/usr/bin/true']);
      if ((await client.closed(id)).exitCode === 0) right += 1;
      client.records.delete(id);
    }
  };
  const run = async () => {
    const last = started + COMMANDS;
    await Promise.all(Array.from({ length: AT_ONCE }, () => runAll(last)));
    client.pushed.length = 0;
  };
  /** What the executor holds when it has forgotten all of them. */
  const forget = async () => {
    const said = once(executor.process.stderr!, 'data');
    executor.tell(String(CLOSED_PROCESS_RETENTION_MS + 1));
    const { heapUsed, external } = JSON.parse(String(await said));
    await t.throwsAsync(client.read('0'), { message: 'unknown process id 0' });
    return { heap: heapUsed + external, resident: residentBytesOf(executor.pid), held: held(executor.pid) };
  };

  await run();
  const before = await forget();
  await run();
  t.is(right, 2 * COMMANDS);
  await eventually(() => descriptorsOf(executor.pid).length <= before.held.descriptors);
  await eventually(() => childrenOf(executor.pid).length <= before.held.children.length);
  const after = await forget();
  t.deepEqual(after.held, before.held);
  t.log(`heap ${mib(before.heap)} and ${mib(after.heap)}, resident ${mib(before.resident)} and ${mib(after.resident)}`);
  t.true(after.heap - before.heap < HEAP_GROWTH_BYTES);
  t.true(after.resident - before.resident < RESIDENT_GROWTH_BYTES);
});

const held = (pid: number) => ({
  descriptors: descriptorsOf(pid).length,
  threads: threadCountOf(pid),
  children: childrenOf(pid).map(({ state }) => state === 'Z'),
});

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
