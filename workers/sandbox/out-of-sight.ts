import { tmpdir } from 'node:os';
import { prepareRuntimeDirectory, runtimeDirectory } from './runtime-directory.js';

/**
 * An existing directory for what has a name for a while and is meant for this program alone. No sandbox sees it: where the runtime
 * directory cannot be used, sandboxes of this user cannot be had either.
 */
export function outOfSight(): string {
  // Elsewhere there are no sandboxes.
  if (process.platform !== 'linux') return tmpdir();
  const directory = runtimeDirectory();
  try {
    prepareRuntimeDirectory(directory);
    return directory;
  } catch {
    return tmpdir();
  }
}
