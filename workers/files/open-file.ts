import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import type { FileTasks } from '#src/pool/file-calls.js';
import { notAFile } from '#src/protocol/errors.js';

const { O_RDONLY, O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK, O_NOCTTY } = constants;

/** `replace` creates the file, or empties the one that is there: it keeps its mode and its other names. */
const FLAGS = { read: O_RDONLY, replace: O_WRONLY | O_CREAT | O_TRUNC };
/** Less the process's umask. */
const NEW_FILE_MODE = 0o666;

/** Opens a regular file, through links, and never waits for the other end of a FIFO. Errors: -32600 for anything else; the system's. */
export function openFile({ path, mode }: FileTasks['openFile']['task']): FileTasks['openFile']['result'] {
  const native = typeof path === 'string' ? path : Buffer.from(path);
  const fd = openSync(native, FLAGS[mode] | O_NONBLOCK | O_NOCTTY, NEW_FILE_MODE);
  try {
    if (!fstatSync(fd).isFile()) throw notAFile(native.toString());
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return { fd };
}
