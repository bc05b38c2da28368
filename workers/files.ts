/** Entry of a thread for files: one function per operation, named as in `FileTasks`. */
import { fileFailure } from '#src/files/os-failure.js';
import type { FileOperation, FileOutcome, FileTasks } from '#src/pool/file-calls.js';
import { internalError, RpcError } from '#src/protocol/errors.js';
import * as copying from './files/copy.js';
import * as opening from './files/open-file.js';
import * as blockReading from './files/read-block.js';
import * as directories from './files/read-directory.js';
import * as walking from './files/walk.js';
import * as blockWriting from './files/write-block.js';

/** What was thrown becomes a fault: errors lose their class on the way to the main thread. */
function operation<O extends FileOperation>(work: (task: FileTasks[O]['task']) => FileTasks[O]['result']) {
  return (task: FileTasks[O]['task']): FileOutcome<FileTasks[O]['result']> => {
    try {
      return { done: work(task) };
    } catch (error) {
      const failure = fileFailure(error);
      const { code, message } = failure instanceof RpcError ? failure : internalError('internal error', failure);
      return { fault: { code, message } };
    }
  };
}

export const openFile = operation<'openFile'>(opening.openFile);
export const readBlock = operation<'readBlock'>(blockReading.readBlock);
export const writeBlock = operation<'writeBlock'>(blockWriting.writeBlock);
export const readDirectory = operation<'readDirectory'>(directories.readDirectory);
export const walk = operation<'walk'>(walking.walk);
export const copy = operation<'copy'>(copying.copy);
