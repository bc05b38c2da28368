import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { notRegular, openRegularFile } from '#src/files/regular-file.js';
import type { FileTasks, Place } from '#src/pool/file-calls.js';

const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK, O_NOCTTY } = constants;

/** Less the process's umask. */
const NEW_FILE_MODE = 0o666;

/** Opens a regular file, through links, and never waits for the other end of a FIFO. Errors: -32600 for anything else; the system's. */
export function openFile({ mode, ...task }: FileTasks['openFile']['task']): FileTasks['openFile']['result'] {
  const place = { ...task, followSymlinks: true };
  return { fd: mode === 'read' ? openRegularFile(place.path, place) : replaceRegularFile(place) };
}

/** Creates the file, or empties the one that is there: it keeps its mode and its other names. Looks before it opens: to a device that may mean something. */
function replaceRegularFile(place: Place): number {
  const there = statSync(place.path as string, { throwIfNoEntry: false });
  if (there?.isCharacterDevice() || there?.isBlockDevice()) throw notRegular(place);
  const fd = openSync(place.path as string, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY, NEW_FILE_MODE);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw notRegular(place);
}
