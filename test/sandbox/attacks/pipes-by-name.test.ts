/** Without native calls pipes have names before they are used: whoever opens one early reads and writes what is meant for others. */
import { realpathSync } from 'node:fs';
import test from 'ava';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { sandboxContext } from '#test/sandbox/support/sandbox-context.js';
import { ExecutorProgram } from '#test/support/executor-program.js';
import { RpcClient } from '#test/support/rpc-client.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { runtimeDirectory } from '#workers/sandbox/runtime-directory.js';

(canSandbox ? test : test.skip)('a sandbox that reads the whole disk finds no pipe that is in stock', async (t) => {
  using folder = new TemporaryFolder();
  await using executor = await ExecutorProgram.start({ spawner: 'child_process', env: { TMPDIR: folder.path } });
  await using client = await RpcClient.connect(executor.url);
  const find = [
    '/usr/bin/find',
    realpathSync(folder.path),
    runtimeDirectory(),
    '-type',
    'p',
    '-printf',
    'pipe %p\\n',
  ] as const;
  const found = async (id: string, sandbox: object | null) => {
    await client.start(id, find, { more: { sandbox } });
    return (await client.closed(id)).output().toString();
  };
  t.regex(await found('without', null), /^pipe/m);
  t.notRegex(await found('within', sandboxContext('read /')), /^pipe/m);
});
