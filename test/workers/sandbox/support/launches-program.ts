/** A program that launches and is refused in turn, and says which descriptors it has got by that: one line each. */
import type { LaunchPlan } from '#src/pool/calls.js';
import { descriptorsOf } from '#test/support/procfs.js';
import { createNodeSpawner } from '#workers/fallback/node-spawner.js';
import { createPosixSpawner } from '#workers/native/posix-spawner.js';
import { Launcher } from '#workers/sandbox/launcher.js';
import { Placeholders } from '#workers/sandbox/placeholders.js';
import { Supervisor } from '#workers/supervisor.js';
import { enforcing } from './confined.js';

const [, , spawnerName, runtime, work] = process.argv;
const ended = new Map<number, () => void>();
const sweep = () => supervisor.handle({ do: 'sweep' });
const spawner = spawnerName === 'auto' ? createPosixSpawner()! : createNodeSpawner(sweep);
const supervisor = new Supervisor(
  spawner,
  (notes) => {
    for (const note of notes) if (note.tell === 'closed' || note.tell === 'refused') ended.get(note.key)?.();
  },
  new Launcher(spawner, [], new Placeholders(runtime!)),
);
process.on('SIGCHLD', sweep);

let lastKey = 0;
function launched(more: Partial<LaunchPlan>, path = '/usr/bin/bwrap'): Promise<void> {
  lastKey += 1;
  const key = lastKey;
  const confinement = { is: 'sandboxed', ...enforcing(['read /', `write ${work}`], { path }) } as const;
  const plan: LaunchPlan = {
    argv: ['/bin/sh', '-c', 'echo x; exit 1'],
    arg0: null,
    directory: '/',
    environment: [],
    stdio: 'pipes and stdin',
    confinement,
    ...more,
  };
  return new Promise((resolve) => {
    ended.set(key, resolve);
    supervisor.handle({ do: 'start', key, id: 'p', plan, watched: false });
  });
}

async function round(): Promise<void> {
  await launched({});
  await launched({ stdio: 'terminal' });
  await launched({ directory: '/nowhere' });
  await launched({ argv: ['/bin/echo', 'x'.repeat(140_000)] });
  await launched({}, '/nowhere/bwrap');
  await launched({ stdio: 'terminal' }, '/nowhere/bwrap');
  await launched({ argv: ['/no/such'] });
}

await round();
const before = descriptorsOf(process.pid);
for (let rounds = 0; rounds < 5; rounds += 1) await round();
const after = descriptorsOf(process.pid);
console.log(after.length - before.length);
await supervisor.end();
process.exit();
