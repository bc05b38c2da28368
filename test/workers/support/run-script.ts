/** Runs scripts with a spawner itself, without a supervisor, and reads what they print. */
import { closeSync, readSync, writeSync } from 'node:fs';
import { eventually } from '#test/support/procfs.js';
import { createNodeSpawner } from '#workers/fallback/node-spawner.js';
import { createPosixSpawner } from '#workers/native/posix-spawner.js';
import type { Child, Launch, Spawner } from '#workers/spawner.js';

export const SPAWNERS: Readonly<Record<Spawner['kind'], () => Spawner>> = {
  posix_spawn: () => createPosixSpawner()!,
  child_process: () => createNodeSpawner(() => {}),
};

/** What a script printed, with these descriptors besides. Its end has been seen. */
export async function run(
  spawner: Spawner,
  script: string,
  descriptors: readonly number[],
  stdio: Launch['stdio'] = 'pipes',
  input = '',
): Promise<string> {
  const environment = [['PATH', '/usr/bin:/bin']] as const;
  const launch: Launch = { file: '/bin/sh', argv: ['/bin/sh', '-c', script], environment, directory: '/', stdio };
  const child = await new Promise<Child>((resolve, reject) =>
    spawner.spawn({ ...launch, descriptors }, (result) =>
      'child' in result ? resolve(result.child) : reject(new Error(`errno ${result.errno}`)),
    ),
  );
  if (child.input !== undefined) writeSync(child.input, input);
  if (child.input !== undefined && stdio !== 'terminal') closeSync(child.input);
  const texts = await Promise.all(child.outputs.map(({ fd }) => readToEnd(fd)));
  await eventually(() => spawner.reap(child.pid) !== undefined);
  return texts.join('');
}

/** Reads until nobody writes any more, and closes. */
export async function readToEnd(fd: number): Promise<string> {
  const chunk = Buffer.alloc(65_536);
  let text = '';
  await eventually(() => {
    for (;;) {
      const read = readOnce(fd, chunk);
      if (read === undefined) return false;
      if (read === 0) return true;
      text += chunk.toString('latin1', 0, read);
    }
  });
  closeSync(fd);
  return text;
}

/** Undefined when there is nothing yet; a terminal whose other end is closed says EIO. */
export function readOnce(fd: number, into: Buffer): number | undefined {
  try {
    return readSync(fd, into);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return undefined;
    if (code === 'EIO') return 0;
    throw error;
  }
}
