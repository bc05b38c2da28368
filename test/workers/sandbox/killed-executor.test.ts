/** An executor that is killed cannot clean up: its processes end all the same, and the next one removes what it left. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { sandboxOf } from '#test/sandbox/attacks/attack.js';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { childrenOf, eventually, isRunning } from '#test/support/procfs.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

function descendantsOf(pid: number): number[] {
  const children = childrenOf(pid).map((child) => child.pid);
  return [...children, ...children.flatMap(descendantsOf)];
}

for (const spawner of SPAWNERS) {
  (canSandbox ? test : test.skip)(`sandboxes die with their executor, and leave no marks (${spawner})`, async (t) => {
    using folder = new TemporaryFolder();
    await using killed = await ExecutorProgram.start({ spawner });
    await using client = await RpcClient.connect(killed.url);
    const options = { cwd: `file://${folder.path}`, more: { sandbox: sandboxOf('workspace', folder.path) } };
    await client.shell('p', 'setsid sleep 1000 & echo ready; wait', options);
    await client.hasWritten('p', 'ready');
    const descendants = descendantsOf(killed.pid);
    t.true(existsSync(join(folder.path, '.codex')));
    t.true(descendants.length >= 4, 'bubblewrap twice, the shell, and what it runs');
    killed.kill('SIGKILL');
    await eventually(() => !descendants.some(isRunning));

    // Any executor of this user does it, also that of another test.
    await using _next = await ExecutorProgram.start({ spawner });
    await eventually(() => readdirSync(folder.path).length === 0);
  });
}
