/** Many ends at once, and ends that come right behind the last output. */
import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import test from 'ava';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { allProcesses, eventually } from '#test/support/procfs.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const TOGETHER = 100;

for (const spawner of SPAWNERS) {
  test(`${TOGETHER} processes that exit at once are told with their own codes (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    using folder = new TemporaryFolder();
    const gate = folder.file('gate');
    execFileSync('mkfifo', [gate]);
    for (let n = 0; n < TOGETHER; n += 1) await client.shell(String(n), `: < ${gate}; exit ${n}`);
    // One writer lets all of them through; it stays, for those that have not come to the gate yet.
    const opened = await open(gate, 'w');
    for (let n = 0; n < TOGETHER; n += 1) {
      const record = await client.closed(String(n));
      t.is(record.exitCode, n);
      t.is(record.complete, 2);
    }
    await opened.close();
    const { pid } = executor;
    await eventually(() => allProcesses().every(({ parent, state }) => parent !== pid || state !== 'Z'));
  });
}

const LINES = 5000;
const LINE = `${'0123456789'.repeat(4)}\n`;
/** A terminal makes two characters of each end of a line. */
const TERMINAL_BYTES = LINES * (LINE.length + 1);

for (const [spawner, runs] of [
  ['auto', 500],
  ['child_process', 150],
] as const) {
  test(`who saw closed has every byte: a terminal that ends right behind 200 KB, ${runs} runs (${spawner})`, async (t) => {
    t.timeout(120_000);
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    using folder = new TemporaryFolder();
    folder.write('text', LINE.repeat(LINES));
    const lengths: number[] = [];
    for (let from = 0; from < runs; from += 10) {
      const batch = Array.from({ length: 10 }, (_, n) => String(from + n));
      await Promise.all(
        batch.map(async (id) => {
          await client.start(id, ['cat', folder.file('text')], { tty: true });
          const record = await client.closed(id);
          lengths.push(record.output().length);
          client.records.delete(id);
        }),
      );
      client.pushed.length = 0;
    }
    t.deepEqual(
      lengths.filter((length) => length !== TERMINAL_BYTES),
      [],
    );
    t.is(lengths.length, runs);
  });
}
