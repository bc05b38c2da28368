/** An error that nobody catches, in an executor that has processes. */
import test from 'ava';
import { ExecutorProgram, SPAWNERS } from '#test/support/executor-program.js';
import { eventually, isRunning } from '#test/support/procfs.js';
import { ROOT_NOTICE } from '#test/support/root-notice.js';
import { RpcClient } from '#test/support/rpc-client.js';

const FAULTY = import.meta.resolve('./support/faulty.js');
/** A child in the group, and one that has left it. */
const FAMILY = `trap '' TERM HUP INT; sleep 1000 & setsid sh -c 'echo "pid $$."; exec sleep 1000' & echo "pid $$."; echo all; wait`;

for (const [signal, what, name] of [
  ['SIGUSR2', 'in a timer', 'TypeError'],
  ['SIGWINCH', 'in a promise', 'RangeError'],
] as const) {
  for (const spawner of SPAWNERS) {
    test(`${what}: it is told in one line without its words, and ends all (${spawner})`, async (t) => {
      const env = { NODE_OPTIONS: `--import=${FAULTY}` };
      await using executor = await ExecutorProgram.start({ spawner, env });
      await using client = await RpcClient.connect(executor.url);
      await client.shell('family', FAMILY);
      await client.until(() => (String(client.record('family').output()).match(/pid \d+\./g) ?? []).length === 2);
      const pids = Array.from(String(client.record('family').output()).matchAll(/pid (\d+)\./g), ([, pid]) =>
        Number(pid),
      );
      executor.kill(signal);
      t.deepEqual(await executor.ended, { code: 70, signal: null });
      const told = executor.stderr.replace(ROOT_NOTICE, '');
      t.regex(told, new RegExp(`^unexpected error, this executor ends: ${name} [^\\n]*faulty\\.js:[^\\n]*\\n$`));
      t.false(told.includes('payload'));
      await eventually(() => !pids.some(isRunning));
    });
  }
}

test('in the structured log it is an event', async (t) => {
  const env = { NODE_OPTIONS: `--import=${FAULTY}` };
  await using executor = await ExecutorProgram.start({ env, args: ['--log-format', 'json'] });
  executor.kill('SIGUSR2');
  t.deepEqual(await executor.ended, { code: 70, signal: null });
  const lines = executor.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.like(
    lines.find(({ event }) => event === 'fault'),
    { level: 'error', error: 'TypeError' },
  );
});
