/** fs/remove. Source: 0.169.0, probed. */
import { lstatSync, rmdirSync, type Stats, unlinkSync } from 'node:fs';
import type { FilePath, FileTasks } from '#src/pool/file-calls.js';
import { containsLink, recursiveNoFollow } from '#src/protocol/errors.js';
import { removeTree } from './remove-tree.js';
import { atRemoved } from './target-place.js';
import type { Withheld } from './withheld.js';

type RemoveTask = FileTasks['remove']['task'];

/**
 * Removes a file, a link itself, or a directory: recursive with all that is in it, else only an empty one. With `force` it is no
 * error that nothing is there.
 * Errors: EBUSY for the root and for mount points, before anything on them is touched; -32600 for a link without `followSymlinks`;
 * the system's.
 */
export function remove(task: RemoveTask, withheld?: Withheld): undefined {
  // As in the reference. Nothing would be followed in the tree in any case.
  if (task.recursive && !task.followSymlinks) throw recursiveNoFollow();
  try {
    atRemoved(task, withheld, (path) => removeEntry(path, lstatSync(path as string), task, withheld));
  } catch (error) {
    if (!task.force || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function removeEntry(
  path: FilePath,
  found: Stats,
  { recursive, followSymlinks }: RemoveTask,
  withheld: Withheld | undefined,
): void {
  withheld?.refuseRemoval(path);
  if (found.isSymbolicLink() && !followSymlinks) throw containsLink();
  if (!found.isDirectory()) unlinkSync(path as string);
  else if (recursive) removeTree(path, withheld);
  else rmdirSync(path as string);
}
