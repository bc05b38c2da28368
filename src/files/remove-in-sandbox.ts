import { constants } from 'node:os';
import { dirname } from 'node:path';
import type { FilePath, FileTasks } from '../pool/file-calls.js';
import { NOT_FOUND, RpcError } from '../protocol/errors.js';
import { nativePath } from '../protocol/path-uri.js';
import { isWithin } from '../sandbox/paths.js';
import { type ConfinedPolicy, readsWholeDisk, stricter } from '../sandbox/policy.js';
import type { Asker, SandboxedFiles } from '../sandboxed-files/sandboxed-files.js';
import { osFailure } from './os-failure.js';

/**
 * fs/remove. Where a part of the disk is hidden, what is there looks as if it were not, and with `force` it would be told as removed:
 * so what is not there counts as removed only where it could have been. Other than in the reference.
 * Errors: EROFS for what is not there and could not have been removed either; those of the operation.
 */
export async function removeInSandbox(
  helpers: Pick<SandboxedFiles, 'run'>,
  asker: Asker,
  task: FileTasks['remove']['task'],
): Promise<undefined> {
  if (!task.force || readsWholeDisk(asker.policy)) return helpers.run(asker, 'remove', task);
  try {
    return await helpers.run(asker, 'remove', { ...task, force: false });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  if (!(await canWrite(helpers, asker, task.path))) throw osFailure(constants.errno.EROFS);
}

/** By the rules, of the nearest place on the way to the path that is there. A link that leads to what is not there may hide something. */
async function canWrite(helpers: Pick<SandboxedFiles, 'run'>, asker: Asker, path: FilePath): Promise<boolean> {
  const way = (place: string) => helpers.run(asker, 'canonicalize', { path: place });
  let place = Buffer.from(path as string).toString();
  for (;;) {
    place = dirname(place);
    try {
      return accessIn(asker.policy, nativePath(await way(place)) as string) === 'write';
    } catch (error) {
      if (!isNotFound(error)) return false;
    }
    try {
      await helpers.run(asker, 'getMetadata', { path: place, followSymlinks: false });
      return false;
    } catch (error) {
      if (!isNotFound(error)) return false;
    }
  }
}

const isNotFound = (error: unknown) => error instanceof RpcError && error.code === NOT_FOUND;

function accessIn({ rules }: ConfinedPolicy, path: string) {
  const around = rules.filter((rule) => isWithin(path, rule.path));
  const nearest = Math.max(...around.map((rule) => rule.path.length));
  return around
    .filter((rule) => rule.path.length === nearest)
    .map(({ access }) => access)
    .reduce(stricter, 'read');
}
