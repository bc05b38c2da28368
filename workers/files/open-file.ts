import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { notRegular, openRegularFile } from '#src/files/regular-file.js';
import type { FilePath, FileTasks, Place } from '#src/pool/file-calls.js';
import { atTarget } from './target-place.js';
import type { Withheld } from './withheld.js';

const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/** Less the process's umask. */
const NEW_FILE_MODE = 0o666;

/** Opens a regular file, through links, and never waits for the other end of a FIFO. Errors: -32600 for anything else; the system's. */
export function openFile(
  { mode, ...task }: FileTasks['openFile']['task'],
  withheld?: Withheld,
): FileTasks['openFile']['result'] {
  const place = { ...task, followSymlinks: true };
  if (mode === 'read') return { fd: openRegularFile(place.path, place) };
  return { fd: atTarget(place, withheld, (path, follows) => replaceRegularFile(path, place, follows)) };
}

/** Creates the file, or empties the one that is there: it keeps its mode and its other names. Looks before it opens: to a device that may mean something. */
function replaceRegularFile(path: FilePath, place: Place, follows: boolean): number {
  const there = statSync(path as string, { throwIfNoEntry: false });
  if (there?.isCharacterDevice() || there?.isBlockDevice()) throw notRegular(place);
  const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY | (follows ? 0 : O_NOFOLLOW);
  const fd = openSync(path as string, flags, NEW_FILE_MODE);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw notRegular(place);
}
