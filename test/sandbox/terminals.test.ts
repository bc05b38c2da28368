/** Confined commands on a terminal, with both ways of starting them. */
import test from 'ava';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { sandboxOf } from './attacks/attack.js';
import { canSandbox } from './support/real-sandbox.js';

const testHere = canSandbox ? test : test.skip;

/** The output of a terminal as a program writes it. */
const plain = (output: Buffer): string => output.toString().replaceAll('\r', '');

for (const spawner of SPAWNERS) {
  testHere(`a confined command has a terminal of its own, and is confined (${spawner})`, async (t) => {
    using folder = new TemporaryFolder();
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    const script =
      'stty size; read -r line </dev/tty; echo "read $line"; echo w >made; echo w >/etc/made-by-test; exit 5';
    const more = { sandbox: sandboxOf('workspace', folder.path) };
    await client.shell('p', script, { tty: true, cwd: `file://${folder.path}`, more });
    await client.write('p', 'typed\n', 'w');
    const record = await client.closed('p');
    t.regex(
      plain(record.output()),
      /^(typed\n)?24 80\n(typed\n)?read typed\n.*\/etc\/made-by-test: Read-only file system\n$/,
    );
    t.is(folder.read('made'), 'w\n');
    t.like(
      record.events.find(({ is }) => is === 'exited'),
      { exitCode: 5, sandboxDenied: true },
    );
  });

  testHere(`Ctrl-C is for the confined command, which may live on (${spawner})`, async (t) => {
    using folder = new TemporaryFolder();
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    const script = 'trap "echo caught; exit 3" INT; echo ready; while :; do sleep 0.01; done';
    const more = { sandbox: sandboxOf('workspace', folder.path) };
    await client.shell('p', script, { tty: true, cwd: `file://${folder.path}`, more });
    await client.hasWritten('p', 'ready');
    await client.write('p', '\x03', 'w');
    const record = await client.closed('p');
    t.is(plain(record.output()), 'ready\n^Ccaught\n');
    t.like(
      record.events.find(({ is }) => is === 'exited'),
      { exitCode: 3 },
    );
  });

  testHere(`a confined command on a terminal is terminated with all that it started (${spawner})`, async (t) => {
    using folder = new TemporaryFolder();
    await using executor = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(executor.url);
    const more = { sandbox: sandboxOf('workspace', folder.path) };
    const script = 'trap "" INT HUP TERM; (sleep 1000; echo late) & echo ready; wait';
    await client.shell('p', script, { tty: true, cwd: `file://${folder.path}`, more });
    await client.hasWritten('p', 'ready');
    await client.terminate('p');
    const record = await client.closed('p');
    t.is(plain(record.output()), 'ready\n');
  });
}
