import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { encodeOptions } from '#src/sandbox/bwrap-arguments.js';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { childrenOf, eventually, isRunning } from '#test/support/procfs.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { killOrphanedSandboxes } from '#workers/sandbox/orphaned-sandboxes.js';

const sandboxed = canSandbox ? test.serial : test.serial.skip;

/** A sandbox that does not die with its bubblewrap, as one that was interrupted at its beginning. Out: both and the first inside. */
async function startSandbox(t: ExecutionContext, command: readonly string[]) {
  using folder = new TemporaryFolder();
  folder.write('options', encodeOptions(['--unshare-user', '--unshare-pid', '--ro-bind', '/', '/']).toString());
  const options = openSync(folder.file('options'), 'r');
  const bubblewrap = spawn('/usr/bin/bwrap', command, {
    stdio: ['ignore', 'ignore', 'ignore', 'ignore', 'ignore', options],
  });
  closeSync(options);
  const pid = bubblewrap.pid!;
  await eventually(() => childrenOf(pid).some((child) => childrenOf(child.pid).length > 0));
  const [first] = childrenOf(pid);
  t.teardown(() => {
    bubblewrap.kill('SIGKILL');
    if (isRunning(first!.pid)) process.kill(first!.pid, 'SIGKILL');
  });
  return { bubblewrap, first: first!.pid };
}

sandboxed('the first process of a sandbox whose bubblewrap was killed is killed', async (t) => {
  const { bubblewrap, first } = await startSandbox(t, ['--args', '5', '--', '/bin/sleep', '1000']);
  bubblewrap.kill('SIGKILL');
  await eventually(() => !isRunning(bubblewrap.pid!));
  t.true(isRunning(first));
  killOrphanedSandboxes();
  await eventually(() => !isRunning(first));
});

sandboxed('one whose bubblewrap lives is left alone, and so is that of another program', async (t) => {
  const ours = await startSandbox(t, ['--args', '5', '--', '/bin/sleep', '1000']);
  const other = await startSandbox(t, ['--dir', '/tmp', '--args', '5', '--', '/bin/sleep', '1000']);
  other.bubblewrap.kill('SIGKILL');
  await eventually(() => !isRunning(other.bubblewrap.pid!));
  killOrphanedSandboxes();
  t.deepEqual([isRunning(ours.first), isRunning(other.first)], [true, true]);
});
