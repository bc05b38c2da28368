/** The end of a sandbox whose first process outlives its leader, which bubblewrap's own do for a moment at most. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, writeSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { canSandbox } from '#test/sandbox/support/real-sandbox.js';
import { childrenOf, eventually, isRunning } from '#test/support/procfs.js';
import { createPosixSpawner } from '#workers/native/posix-spawner.js';
import { LivingSandbox } from '#workers/sandbox/living-sandbox.js';
import { childPidIn, StatusPipe } from '#workers/sandbox/status-pipe.js';

process.removeAllListeners('warning');

/** A sandbox of which this is told. */
function scene(t: ExecutionContext, leader: number, status: string) {
  const { read, write } = createPosixSpawner()!.createPipe();
  writeSync(write, status);
  closeSync(write);
  const events: string[] = [];
  const lease = { release: () => void events.push('released') };
  const parts = { leader, status: new StatusPipe(read), lease, isolation: 'all', reap: undefined } as const;
  const sandbox = new LivingSandbox(parts);
  t.teardown(() => sandbox.close());
  const gone = new Promise<void>((resolve) => {
    sandbox.leaderEnded(undefined, () => {
      events.push('gone');
      resolve();
    });
  });
  return { events, gone };
}

(canSandbox ? test : test.skip)(
  'placeholders are released when the first process is gone, which is killed if need be',
  async (t) => {
    const leader = spawn('unshare', ['--user', '--pid', '--fork', 'sleep', '1000'], { stdio: 'ignore' });
    const first = () => childrenOf(leader.pid!)[0]?.pid;
    await eventually(() => first() !== undefined);
    const pid = first()!;
    t.teardown(() => isRunning(pid) && process.kill(pid, 'SIGKILL'));
    leader.kill('SIGKILL');
    await once(leader, 'exit');
    t.true(isRunning(pid), 'nobody has bound its life to that of its leader');
    const { events, gone } = scene(t, leader.pid!, `{ "child-pid": ${pid}, "mnt-namespace": 1 }`);
    t.deepEqual(events, []);
    await gone;
    t.false(isRunning(pid));
    t.deepEqual(events, ['released', 'gone']);
  },
);

test('a sandbox of which nothing was told never was one', (t) => {
  t.deepEqual(scene(t, 1, '').events, ['released', 'gone']);
});

test('a number that belongs to another process by now is nothing to wait for', (t) => {
  t.deepEqual(scene(t, 1, `{ "child-pid": ${process.ppid} }`).events, ['released', 'gone']);
});

test('the first process is the one that is told first', (t) => {
  t.is(childPidIn(''), undefined);
  t.is(childPidIn('{ "child-pid": 12, "ipc-namespace": 4026532179 }\n{ "exit-code": 0 }\n'), 12);
});
