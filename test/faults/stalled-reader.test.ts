/** A peer that does not read holds up its own output and nothing else. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { childrenOf, eventually, isRunning, residentBytesOf } from '#test/support/procfs.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const MIB = 1 << 20;
const FLOOD_BYTES = 48 * MIB;
/** Far more than the buffers of kernel, ring and frames hold, far less than the flood. */
const TAKEN_AT_MOST_BYTES = 24 * MIB;
const GROWN_AT_MOST_BYTES = 64 * MIB;
/** One program, so that its pid is the child of the executor. */
const FLOOD = ['head', '-c', String(FLOOD_BYTES), '/dev/zero'];

/** The one child of this program with that name. */
const childNamed = (parent: number, name: string): number | undefined =>
  childrenOf(parent).find(({ pid }) => readFileSync(`/proc/${pid}/comm`, 'utf8') === `${name}\n`)?.pid;

/** What the process has written so far, bytes. */
const writtenBy = (pid: number): number => Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))![1]);

/** The kernel function in which the process waits; a pipe that is full has one of its own. */
const waitsInPipe = (pid: number): boolean => /pipe_write/.test(readFileSync(`/proc/${pid}/wchan`, 'utf8'));

/** A client that reads nothing, and the flood that has come to a standstill for it. */
async function startStalled(executor: ExecutorProgram): Promise<{ client: RpcClient; flood: number }> {
  const client = await RpcClient.connect(executor.url);
  await client.start('flood', FLOOD);
  client.pause();
  let flood: number | undefined;
  await eventually(() => {
    flood = childNamed(executor.pid, 'head');
    return flood !== undefined;
  });
  await eventually(() => waitsInPipe(flood!));
  return { client, flood: flood! };
}

for (const spawner of SPAWNERS) {
  test(`a stalled reader blocks its child, everybody else goes on, and then it gets every byte (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    using folder = new TemporaryFolder();
    const before = residentBytesOf(executor.pid);
    const { client: stalled, flood } = await startStalled(executor);
    await using _ = stalled;

    // As many as there may be workers, several times over: some share the worker of the flood.
    await using other = await RpcClient.connect(executor.url);
    for (let round = 0; round < 20; round += 1) {
      await other.shell(`other ${round}`, `echo ${round}`);
      t.is((await other.closed(`other ${round}`)).output().toString(), `${round}\n`);
    }
    t.is((await other.call('environment/status', {})).status, 'ready');
    // The stalled connection is still heard: what it starts and writes has its effect.
    void stalled.shell('same', `read -r word; echo "$word" > ${folder.file('heard')}`, { pipeStdin: true });
    void stalled.write('same', 'words\n', '1');
    await eventually(() => existsWith(folder.file('heard'), 'words\n'));

    t.true(isRunning(flood));
    t.true(waitsInPipe(flood));
    t.true(writtenBy(flood) < TAKEN_AT_MOST_BYTES, `${writtenBy(flood)} bytes were taken from the child`);
    t.true(residentBytesOf(executor.pid) - before < GROWN_AT_MOST_BYTES);

    stalled.resume();
    const record = await stalled.closed('flood');
    t.is(record.output().length, FLOOD_BYTES);
    t.is(record.exitCode, 0);
    t.is(record.disagreements, 0);
  });

  test(`a process is terminated while its reader is stalled (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    const { client: stalled, flood } = await startStalled(executor);
    await using _ = stalled;
    const terminated = stalled.terminate('flood');
    await eventually(() => !isRunning(flood));
    stalled.resume();
    t.deepEqual(await terminated, { running: true });
    const record = await stalled.closed('flood');
    t.is(record.exitCode, 137);
    t.true(record.output().length < TAKEN_AT_MOST_BYTES);
  });
}

function existsWith(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}
