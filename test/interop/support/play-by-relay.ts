import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileScenario, Seen } from './file-scenario.js';
import { freshFolder } from './fresh-folder.js';
import type { RelayWorld } from './relay-world.js';
import type { Release } from './releases.js';
import { inTurn } from './script-parts.js';
import { emptyFoldersOf, plantTree, readTree, type Tree } from './tree.js';

/** A scenario as it went through a relay. */
export interface PlayedByRelay extends Seen {
  /** What the client left on its own disk, where it must leave nothing. */
  readonly nearFiles: Tree;
}

/**
 * Plays a scenario with the client of a release on the executor of a world. Nobody between the two can rename what they say, so
 * it is the client for whom the folder is another one, an empty one, of the same name.
 */
export async function playByRelay(
  world: RelayWorld,
  release: Release,
  { files, cwd = '', features = [], confinement, calls }: FileScenario,
): Promise<PlayedByRelay> {
  await using near = await freshFolder();
  await using far = await freshFolder();
  await plantTree(far.path, files);
  await mkdir(join(near.path, cwd), { recursive: true });
  const codex = world.harness({
    release,
    cwd: join(far.path, cwd),
    elsewhere: { at: far.path, shows: near.path },
    features,
    ...(confinement && { confinement: confinement(far.path) }),
  });
  const { result: outputs, requests } = await codex.converse(inTurn(calls));
  return {
    folder: far.path,
    firstRequest: requests[0]!,
    outputs,
    files: await readTree(far.path),
    emptyFolders: await emptyFoldersOf(far.path),
    nearFiles: await readTree(near.path),
  };
}
