/** Entry of a thread for files: one function per operation, named as in `FileTasks`. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { canonicalPath, metadataOf } from '#src/files/metadata.js';
import type { FileOperation, FileOutcome, FileTasks } from '#src/pool/file-calls.js';
import type { ReadyResult } from '#src/protocol/ready-result.js';
import * as installed from './capabilities/discover-installed.js';
import * as roots from './capabilities/discover-roots.js';
import * as config from './config/read-config.js';
import * as copying from './files/copy.js';
import * as creating from './files/create-directory.js';
import { faultOf } from './files/fault.js';
import * as opening from './files/open-file.js';
import * as blockReading from './files/read-block.js';
import * as directories from './files/read-directory.js';
import * as reading from './files/read-file.js';
import * as removing from './files/remove.js';
import * as walking from './files/walk.js';
import * as blockWriting from './files/write-block.js';
import * as writing from './files/write-file.js';
import * as peers from './peers/judge-peers.js';

function operation<O extends FileOperation>(work: (task: FileTasks[O]['task']) => FileTasks[O]['result']) {
  return (task: FileTasks[O]['task']): FileOutcome<FileTasks[O]['result']> => {
    try {
      return { done: work(task) };
    } catch (error) {
      return { fault: faultOf(error) };
    }
  };
}

export const openFile = operation<'openFile'>(opening.openFile);
export const readBlock = operation<'readBlock'>(blockReading.readBlock);
export const writeBlock = operation<'writeBlock'>(blockWriting.writeBlock);
export const readDirectory = operation<'readDirectory'>(directories.readDirectory);
export const walk = operation<'walk'>(walking.walk);
export const copy = operation<'copy'>(copying.copy);
export const readConfig = operation<'readConfig'>(config.readConfig);
export const writeFile = operation<'writeFile'>(writing.writeFile);
export const createDirectory = operation<'createDirectory'>(creating.createDirectory);
export const remove = operation<'remove'>(removing.remove);
export const getMetadata = operation<'getMetadata'>(metadataOf);
export const canonicalize = operation<'canonicalize'>(({ path, hidden }) => canonicalPath(path, hidden));
export const discoverRoots = operation<'discoverRoots'>(roots.discoverRoots);
export const discoverInstalled = operation<'discoverInstalled'>(installed.discoverInstalled);
export const judgePeers = operation<'judgePeers'>(peers.judgePeers);

const readWhole = operation<'readFile'>(reading.readFile);
export const readFile = (task: FileTasks['readFile']['task']) => handOver(readWhole(task));

/** The main thread gets the memory itself and no copy. */
function handOver(outcome: FileOutcome<ReadyResult>): unknown {
  if ('fault' in outcome) return outcome;
  return move({
    get [transferableSymbol]() {
      return [outcome.done.memory.buffer];
    },
    get [valueSymbol]() {
      return outcome;
    },
  });
}
