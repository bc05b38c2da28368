import type { FileUri } from '../../protocol/ids.js';
import { fileUri, joinUri, parsePathUri } from '../../protocol/path-uri.js';
import { usageError } from '../failure.js';

/**
 * The URI of a path on an executor: absolute, relative to the working directory there, or a `file:` URI already, which
 * reaches files whose name is not UTF-8, and executors of other systems. Errors: a usage error for a URI that is none.
 */
export function remoteUri(path: string, cwd: FileUri): FileUri {
  if (path.startsWith('/')) return fileUri(path);
  const joined = /^file:/i.test(path) ? path : path.split('/').reduce<FileUri>(joinUri, cwd);
  const uri = parsePathUri(joined);
  if (typeof uri !== 'string') throw usageError(`'${path}': ${uri.fault}`);
  return uri;
}
