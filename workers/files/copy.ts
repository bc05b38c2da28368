/** fs/copy. Source: 0.169.0, probed; other than there, a file copied onto itself stays as it is, and nothing waits for a FIFO. */
import { lstatSync } from 'node:fs';
import type { FileTasks } from '#src/pool/file-calls.js';
import { copyNeedsRecursive, copyUnsupported, internalError } from '#src/protocol/errors.js';
import { copyFile } from './copy-file.js';
import { copyLink } from './copy-link.js';
import { copyTree } from './copy-tree.js';
import { atEntry } from './target-place.js';
import type { Withheld } from './withheld.js';

/** Links are copied as links, whether they lead anywhere or not. Errors: -32600 for what is not to be copied; the system's. */
export function copy(
  { source, destination, recursive, gone }: FileTasks['copy']['task'],
  withheld?: Withheld,
): undefined {
  const check = () => {
    if (Atomics.load(gone, 0) !== 0) throw internalError('nobody waits for this copy any more');
  };
  const stats = lstatSync(source as string);
  if (stats.isFile()) copyFile(source, destination, { check, withheld });
  else if (stats.isSymbolicLink()) {
    atEntry({ path: destination, followSymlinks: true }, withheld, (path) => copyLink(source, path));
  } else if (!stats.isDirectory()) throw copyUnsupported();
  else if (!recursive) throw copyNeedsRecursive();
  else copyTree(source, destination, { check, withheld });
}
