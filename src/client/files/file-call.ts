import type { Method, MethodParams, MethodResults } from '../../protocol/methods.js';
import { FileError, type FileSubject, RefusedError } from '../errors.js';
import type { CallOptions, Link } from '../link.js';

/** Methods that deal with files. */
export type FileMethod = Method & `fs/${string}`;

/** The files a call is about, as the caller named them. */
export type FileNames = Omit<FileSubject, 'method'>;

/** A call about a file. Errors: `FileError` when the executor says no, and those of `Link.call`. */
export async function fileCall<M extends FileMethod>(
  link: Link,
  method: M,
  params: MethodParams[M],
  names: FileNames,
  options: CallOptions = {},
): Promise<MethodResults[M]> {
  try {
    return await link.call(method, params, options);
  } catch (error) {
    throw error instanceof RefusedError ? new FileError(error, { method, ...names }) : error;
  }
}
