import { isNative, nativePath, fileUri as nativeUri, parsePathUri } from '../protocol/path-uri.js';
import { badArgument } from './errors.js';
import { requireText } from './wire-text.js';

/**
 * A path on the executor: an absolute POSIX path, or a `file:` URI. A URI is passed on unchanged, so it may be a Windows
 * one (`file:///C:/Users`), or name bytes that no text can (`file:///%FF`).
 */
export type RemotePath = string | URL;

/**
 * The path as it goes over the wire. Errors: `BAD_ARGUMENT`, naming the field.
 *
 * ```ts
 * fileUri('/tmp/a b'); // 'file:///tmp/a%20b'
 * ```
 */
export function fileUri(path: RemotePath, field = 'path'): string {
  if (path instanceof URL) {
    if (path.protocol !== 'file:') throw badArgument(field, `expected a file: URL, got ${path.protocol}`);
    return path.href;
  }
  requireText(field, path);
  if (path.startsWith('/')) return nativeUri(path);
  if (/^file:/i.test(path)) return path;
  throw badArgument(field, `expected an absolute path or a file: URI, got ${JSON.stringify(path)}`);
}

/**
 * The POSIX path that a `file:` URI stands for, such as those of `walk` and `canonicalize`. Errors: `BAD_ARGUMENT` for a
 * URI that has none: a Windows path, one of another host, bytes that are not UTF-8.
 *
 * ```ts
 * uriPath('file:///tmp/a%20b'); // '/tmp/a b'
 * ```
 */
export function uriPath(uri: string | URL): string {
  const parsed = parsePathUri(String(uri));
  if (typeof parsed !== 'string') throw badArgument('uri', parsed.fault);
  if (!isNative(parsed)) throw badArgument('uri', `${parsed} is no POSIX path`);
  const path = nativePath(parsed);
  if (typeof path !== 'string') throw badArgument('uri', `${parsed} is not UTF-8`);
  return path;
}
