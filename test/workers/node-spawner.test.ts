/** The spawner without native calls, in the thread of the test. */
import { readdirSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { TemporaryFolder } from '#test/support/temporary-folder.js';
import { createNodeSpawner } from '#workers/fallback/node-spawner.js';
import type { Launch, Spawner, SpawnResult } from '#workers/spawner.js';

const TRUE: Launch = { file: '/bin/true', argv: ['true'], environment: [], directory: '/', stdio: 'pipes and stdin' };

/** A spawner with a folder of its own for what it keeps in files. */
function spawnerIn(t: ExecutionContext): {
  readonly spawner: Spawner;
  readonly kept: () => string[];
  readonly at: string;
} {
  const folder = new TemporaryFolder();
  const spawner = createNodeSpawner(() => {}, folder.path);
  t.teardown(() => folder[Symbol.dispose]());
  return { spawner, kept: () => readdirSync(folder.path), at: folder.path };
}

const spawned = (spawner: Spawner) => new Promise<SpawnResult>((resolve) => spawner.spawn(TRUE, resolve));

test('a start fails alone where no pipe can be made', async (t) => {
  const { spawner, kept, at } = spawnerIn(t);
  for (const name of kept()) rmSync(join(at, name), { recursive: true });
  t.deepEqual(await spawned(spawner), { errno: constants.errno.EIO });
  spawner.close();
});

test('a closed spawner leaves no file', async (t) => {
  const { spawner, kept } = spawnerIn(t);
  t.true('child' in (await spawned(spawner)));
  t.is(kept().length, 1);
  spawner.close();
  t.deepEqual(kept(), []);
});
