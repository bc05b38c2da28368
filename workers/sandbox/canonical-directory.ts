/** Where a sandboxed command is to run: bubblewrap goes there by its options, which are text. */
import { isUtf8 } from 'node:buffer';
import { realpathSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { internalError, invalidParams } from '#src/protocol/errors.js';
import { osErrorText, thrownText } from '#src/protocol/os-error.js';

/** Absolute and without links. Errors: -32603 with the system's words when it is no directory; -32602 when it is not UTF-8. */
export function canonicalDirectory(directory: string | Uint8Array): string {
  const path = existing(directory);
  if (!isUtf8(path)) throw invalidParams('the working directory of a sandboxed command must be valid UTF-8');
  return path.toString();
}

function existing(directory: string | Uint8Array): Buffer {
  let isDirectory: boolean;
  let path: Buffer;
  try {
    path = realpathSync.native(typeof directory === 'string' ? directory : Buffer.from(directory), 'buffer');
    isDirectory = statSync(path).isDirectory();
  } catch (error) {
    throw internalError(thrownText(error), error);
  }
  if (!isDirectory) throw internalError(osErrorText(constants.errno.ENOTDIR));
  return path;
}
