/** What a process wrote before it was terminated is delivered, whoever still holds its streams. */
import { existsSync } from 'node:fs';
import test from 'ava';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { eventually, isRunning } from '#test/support/procfs.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

const WRITTEN_BYTES = 65_536;

for (const spawner of SPAWNERS) {
  test(`unread output is delivered before closed, though a descendant in another session holds the pipes (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    using folder = new TemporaryFolder();
    const holders: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const written = folder.file(String(round));
      const id = `p${round}`;
      // The holder says its pid on the inherited pipe, too.
      const script = `setsid sh -c 'echo $$ > ${written}.pid; exec sleep 1000' & head -c ${WRITTEN_BYTES} /dev/zero; touch ${written}; sleep 1000`;
      await client.shell(id, script);
      await eventually(() => existsSync(written) && existsSync(`${written}.pid`));
      t.deepEqual(await client.terminate(id), { running: true });
      const record = await client.closed(id);
      t.is(record.output().length, WRITTEN_BYTES);
      t.is(record.exitCode, 137);
      t.deepEqual(
        record.events.slice(-2).map(({ is }) => is),
        ['exited', 'closed'],
      );
      holders.push(Number(folder.read(`${round}.pid`)));
    }
    await eventually(() => !holders.some(isRunning));
  });

  test(`exited does not wait for a descendant that holds the streams, closed does (${spawner})`, async (t) => {
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    using folder = new TemporaryFolder();
    await client.shell('p', `(while [ ! -e ${folder.file('go')} ]; do sleep 0.02; done; echo late) & exit 9`);
    const record = client.record('p');
    await client.until(() => record.exitCode !== undefined);
    t.false(record.closed);
    t.deepEqual(await client.terminate('p'), { running: false });
    folder.write('go', '');
    await client.closed('p');
    t.deepEqual(
      record.events.map(({ is }) => is),
      ['exited', 'output', 'closed'],
    );
    t.is(record.output().toString(), 'late\n');
  });
}
