/** fs/readDirectory. Source: 0.169.0, probed. */
import type { FilePath, FileTasks, Hidden } from '#src/pool/file-calls.js';
import { tooManyEntries } from '#src/protocol/errors.js';
import { DIRECTORY_ENTRIES } from '#src/protocol/limits.js';
import { listDirectory } from './listing.js';

export interface DirectoryEntry {
  readonly fileName: string;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
}

/** The method's result as JSON. Errors: as for directoryEntries. */
export const readDirectory = ({ path, hidden }: FileTasks['readDirectory']['task']): string =>
  JSON.stringify({ entries: directoryEntries(path, hidden) });

/** In no order; what is not UTF-8 in a name is replaced by U+FFFD, the booleans describe what a link leads to. Errors: the system's, and -32603 above DIRECTORY_ENTRIES. */
export function directoryEntries(path: FilePath, hidden?: Hidden): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  let count = 0;
  for (const { name, isDirectory, isFile } of listDirectory(path, hidden)) {
    count++;
    // Beyond the limit they are only counted: the error says how many there are.
    if (count <= DIRECTORY_ENTRIES) entries.push({ fileName: name, isDirectory, isFile });
  }
  if (count > DIRECTORY_ENTRIES) throw tooManyEntries(count, DIRECTORY_ENTRIES);
  return entries;
}
