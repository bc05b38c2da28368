/** Attack 31: what the executor has open, and what it was started with, is open in no sandbox. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { SPAWNERS } from '#test/support/executor-program.js';
import { descriptorsOf } from '#test/support/procfs.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { sandboxOf } from './attack.js';

const SERVER = fileURLToPath(import.meta.resolve('#src/server.js'));
/** Says which of its descriptors are open, and where those besides the standard streams lead. */
const LIST = `for (0..300) { my $to = readlink("/proc/self/fd/$_"); print "<$_", $_ > 2 ? " $to" : '', ">" if defined $to }`;

for (const spawner of SPAWNERS) {
  (canSandbox ? test : test.skip)(`31: a sandbox has only its standard streams (${spawner})`, async (t) => {
    using folder = new TemporaryFolder();
    folder.write('treasure', 'treasure');
    const treasure = openSync(folder.file('treasure'), 'r+');
    const executor = spawn(process.execPath, [SERVER, '--listen', 'ws://127.0.0.1:0'], {
      env: { ...process.env, FARHAND_SPAWNER: spawner },
      stdio: ['pipe', 'pipe', 'ignore', 'ignore', 'ignore', treasure, treasure],
    });
    closeSync(treasure);
    t.teardown(() => executor.kill());
    const [url] = await once(createInterface({ input: executor.stdout! }), 'line');
    await using client = await RpcClient.connect(url);
    t.true(descriptorsOf(executor.pid!).includes(folder.file('treasure')), 'the executor itself has it');
    const sandbox = sandboxOf('workspace', folder.path);
    const options = { cwd: `file://${folder.path}`, more: { sandbox } };
    const ways = { pipes: {}, stdin: { pipeStdin: true }, terminal: { tty: true } };
    for (const [way, how] of Object.entries(ways)) {
      await client.start(way, ['perl', '-e', LIST], { ...options, ...how });
      t.is((await client.closed(way)).output().toString(), '<0><1><2>', way);
    }
  });
}
