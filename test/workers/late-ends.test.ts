import { EventEmitter, once } from 'node:events';
import test from 'ava';
import { createPosixSpawner } from '#workers/native/posix-spawner.js';
import { Supervisor } from '#workers/supervisor.js';

// Node counts the descriptors of a test's thread, and wonders at each one that native code has opened.
process.removeAllListeners('warning');

test('a process that closes its outputs and lives on is looked for less and less often', async (t) => {
  const waits: number[] = [];
  const looks = new EventEmitter();
  const { setTimeout: real } = globalThis;
  globalThis.setTimeout = ((run: () => void, ms: number) => {
    waits.push(ms);
    looks.emit('look');
    return real(run, ms);
  }) as typeof setTimeout;
  t.teardown(() => {
    globalThis.setTimeout = real;
  });
  const supervisor = new Supervisor(createPosixSpawner()!, () => {});
  t.teardown(() => supervisor.end());
  const plan = { argv: ['/bin/sh', '-c', 'exec >&- 2>&-; sleep 1000'], arg0: null, directory: '/', environment: [] };
  supervisor.handle({
    do: 'start',
    key: 1,
    id: 'p',
    plan: { ...plan, stdio: 'pipes', confinement: null },
    watched: false,
  });
  while (waits.length < 5) await once(looks, 'look');
  t.deepEqual(waits.slice(0, 5), [5, 10, 20, 40, 80]);
});
