/** Entry of a supervising worker: serves one port until it is told to end. */
import type { AttachTask, FromWorker, ToWorker } from '#src/pool/calls.js';
import { createMarks } from './descendants/marks.js';
import { createNodeSpawner } from './fallback/node-spawner.js';
import { createPosixSpawner } from './native/posix-spawner.js';
import { Launcher } from './sandbox/launcher.js';
import { Supervisor } from './supervisor.js';

/** The task lasts as long as the pool, so that the thread's event loop belongs to its processes. */
export default function supervise({
  port,
  spawner: choice,
  secrets,
  startMarks,
  adoptsOrphans,
}: AttachTask): Promise<void> {
  const spawner =
    (choice === 'auto' ? createPosixSpawner() : undefined) ??
    createNodeSpawner(() => supervisor.handle({ do: 'sweep' }));
  if (adoptsOrphans) spawner.adoptOrphans();
  const launcher = new Launcher(spawner, secrets);
  const supervisor = new Supervisor(
    spawner,
    (notes: readonly FromWorker[]) => port.postMessage(notes),
    launcher,
    createMarks(startMarks),
  );
  launcher.sweep();
  return new Promise((resolve) => {
    port.on('message', (call: ToWorker) => {
      if (call.do !== 'end') supervisor.handle(call);
      else void supervisor.end().finally(() => resolve(port.close()));
    });
  });
}
