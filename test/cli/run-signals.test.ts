/** `farhand run`: what signals to us mean for the command. */
import { once } from 'node:events';
import test from 'ava';
import { isRunning } from '#test/support/procfs.js';
import { FarhandProgram, runOnOneExecutor, serve } from './support/farhand.js';

const { run, sh } = runOnOneExecutor(test);

test.serial('the first Ctrl-C interrupts the command, which may go on, and the second kills it', async (t) => {
  const script = `trap 'echo interrupted' INT; echo ready; while :; do sleep 0.01; done`;
  await using program = new FarhandProgram(sh(script), { stdin: 'pipe' });
  await program.says(/ready/);
  program.kill('SIGINT');
  await program.says(/interrupted/);
  program.kill('SIGINT');
  t.like(await program.ended, { code: 137, signal: null });
});

test.serial('a command that ends at Ctrl-C says how', async (t) => {
  await using program = new FarhandProgram(sh(`trap 'exit 3' INT; echo ready; while :; do sleep 0.01; done`));
  await program.says(/ready/);
  program.kill('SIGINT');
  t.like(await program.ended, { code: 3, signal: null });
});

test.serial('Ctrl-C is a key for a command on a terminal', async (t) => {
  await using program = new FarhandProgram(run(['sh', '-c', 'echo ready; exec sleep 60'], ['--tty']));
  await program.says(/ready/);
  program.kill('SIGINT');
  t.like(await program.ended, { code: 130, signal: null });
});

for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  test.serial(`${signal} kills the command`, async (t) => {
    await using program = new FarhandProgram(sh(`trap '' TERM HUP; echo ready $$; while :; do sleep 0.01; done`));
    const [, pid] = await program.says(/ready (\d+)/);
    program.kill(signal);
    t.like(await program.ended, { code: 137, signal: null });
    t.false(isRunning(Number(pid)));
  });
}

test.serial('whoever insists leaves an executor that does not answer', async (t) => {
  await using stalled = await serve();
  await using program = new FarhandProgram(['run', stalled.url, '--', 'sh', '-c', 'echo ready; exec sleep 60']);
  await program.says(/ready/);
  stalled.program.kill('SIGSTOP');
  const insisting = setInterval(() => program.kill('SIGINT'), 50);
  const { code, signal } = await program.ended;
  clearInterval(insisting);
  stalled.program.kill('SIGCONT');
  // One more signal while we say goodbye ends us at once; to a shell it is the same.
  t.true(code === 130 || signal === 'SIGINT');
});

test.serial('a command ends with us when we are killed, as soon as its executor gives its session up', async (t) => {
  await using passing = await serve();
  await using program = new FarhandProgram(['run', passing.url, '--', 'sh', '-c', 'echo $$; exec sleep 60']);
  const [, pid] = await program.says(/^(\d+)\n/);
  program.kill('SIGKILL');
  await once(program.child, 'exit');
  passing.program.kill('SIGTERM');
  t.like(await passing.program.ended, { code: 0 });
  t.false(isRunning(Number(pid)));
});
