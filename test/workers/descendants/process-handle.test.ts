import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { eventually } from '#test/support/procfs.js';
import { openProcess } from '#workers/descendants/process-handle.js';
import { processEntry } from '#workers/process-entry.js';

function sleeper(t: ExecutionContext) {
  const child = spawn('sleep', ['1000']);
  t.teardown(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([, signal]) => signal);
  return { entry: processEntry(child.pid!)!, ended };
}

test('a process is stopped and killed', async (t) => {
  const { entry, ended } = sleeper(t);
  const handle = openProcess(entry)!;
  handle.signal('SIGSTOP');
  await eventually(() => processEntry(entry.pid)?.state === 'T');
  handle.signal('SIGKILL');
  t.is(await ended, 'SIGKILL');
  handle.signal('SIGKILL');
  handle.close();
});

test('another process that has the number now is not opened', async (t) => {
  const { entry, ended } = sleeper(t);
  t.is(openProcess({ ...entry, startTicks: entry.startTicks - 1 }), undefined);
  openProcess(entry)!.signal('SIGKILL');
  await ended;
  t.is(openProcess(entry), undefined);
});

test('one that has ended and waits to be reaped is not opened', async (t) => {
  // A shell that has become another program waits for nobody.
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 1000'], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => parent.kill('SIGKILL'));
  const [line] = await once(parent.stdout!, 'data');
  const pid = Number(String(line));
  await eventually(() => processEntry(pid)?.state === 'Z');
  t.is(openProcess(processEntry(pid)!), undefined);
});
