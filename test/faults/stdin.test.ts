/** Input of a process: all of it, once, in order; and a process that does not read holds up nothing but its own writes. */
import test from 'ava';
import { QUEUED_STDIN_CHUNKS } from '#src/protocol/limits.js';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

/** More than a pipe holds, so that each chunk but the first is one that waits. */
const CHUNK_BYTES = 65_536 + 1;
/** More than the queue and the pipe take together. */
const WRITES = QUEUED_STDIN_CHUNKS + 12;
const pattern = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, (_, place) => (place * 7) % 251));

for (const spawner of SPAWNERS) {
  test(`a writeId reaches stdin at most once: 5 MB go through a process, all of it sent twice (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    const input = pattern(5 << 20);
    await client.start('cat', ['cat'], { pipeStdin: true });
    const writes: Promise<{ status: string }>[] = [];
    for (let from = 0; from < input.length; from += 40_000) {
      const chunk = input.subarray(from, from + 40_000);
      writes.push(client.write('cat', chunk, String(from)), client.write('cat', chunk, String(from)));
    }
    for (const { status } of await Promise.all(writes)) t.is(status, 'accepted');
    const record = client.record('cat');
    await client.until(
      () =>
        client.pushed.reduce((sum, event) => sum + (event.is === 'output' ? event.bytes.length : 0), 0) >= input.length,
    );
    t.true(record.output().equals(input));
    await client.terminate('cat');
  });

  test(`writes that wait for room are answered when the process reads (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    using folder = new TemporaryFolder();
    await client.shell('p', `while [ ! -e ${folder.file('go')} ]; do sleep 0.02; done; exec wc -c`, {
      pipeStdin: true,
    });
    let accepted = 0;
    const writes = Array.from({ length: WRITES }, (_, n) =>
      client.write('p', Buffer.alloc(CHUNK_BYTES), String(n)).then(() => {
        accepted += 1;
      }),
    );
    await Promise.all(writes.slice(0, QUEUED_STDIN_CHUNKS + 1));
    await client.call('environment/status', {});
    t.is(accepted, QUEUED_STDIN_CHUNKS + 1);
    folder.write('go', '');
    await Promise.all(writes);
    t.is(accepted, WRITES);
    await client.terminate('p');
  });

  test(`a write and the terminate right behind it are answered as they came (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    await client.shell('p', 'cat', { pipeStdin: true });
    const answers = client.callTogether([
      ['process/write', { processId: 'p', chunk: '', writeId: '1' }],
      ['process/terminate', { processId: 'p' }],
    ]);
    t.deepEqual(await Promise.all(answers), [{ status: 'accepted' }, { running: true }]);
  });

  test(`a terminate overtakes writes that wait for room, and these are refused (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    await client.start('p', ['sleep', '1000'], { pipeStdin: true });
    const answers = Promise.allSettled(
      Array.from({ length: WRITES }, (_, n) => client.write('p', Buffer.alloc(CHUNK_BYTES), String(n))),
    );
    t.deepEqual(await client.terminate('p'), { running: true });
    const refused = (await answers).filter(({ status }) => status === 'rejected');
    t.is(refused.length, WRITES - QUEUED_STDIN_CHUNKS - 1);
    for (const answer of refused) {
      t.like((answer as PromiseRejectedResult).reason, { code: -32603, message: 'failed to write to process stdin' });
    }
    t.is((await client.closed('p')).exitCode, 137);
  });

  test(`far more than a terminal's buffer goes through a terminal (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    const input = pattern(200_000);
    await client.shell('p', `stty raw -echo; echo ready; exec head -c ${input.length}`, { tty: true });
    await client.hasWritten('p', 'ready');
    for (let from = 0; from < input.length; from += 50_000) {
      await client.write('p', input.subarray(from, from + 50_000), String(from));
    }
    const record = await client.closed('p');
    t.true(record.output().subarray('ready\n'.length).equals(input));
  });
}
