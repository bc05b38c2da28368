/** `SRC` and `DST` as they are written on the command line. */
import { usageError } from '../failure.js';

export type Place =
  /** On this machine. */
  | { readonly at: 'here'; readonly path: string }
  /** On an executor; a relative path counts from its working directory. */
  | { readonly at: 'executor'; readonly url: string; readonly path: string };

/**
 * `URL:path`. A port and a path of the URL itself belong to the URL; what follows the next colon is the path of the file.
 *
 *     ws:// 127.0.0.1 :9000 : /etc/hosts     wss:// host : notes.txt     ws:// [::1] :9000 /executor : /x
 *     https:// relay.example /build-7 : /etc/hosts     https:// relay.example :8443 /base/build-7 : notes.txt
 */
const REMOTE =
  /^(?<url>(?:wss?|https?):\/\/(?:[^/@]*@)?(?:\[[^\]]*\]|[^:/[\]]+)(?::\d+(?=[:/]|$)|(?!:\d+(?:[:/]|$)))(?:\/[^:]*)?):(?<path>.+)$/is;

/** Errors: a usage error for an executor's address without a path. */
export function parsePlace(text: string): Place {
  if (text === '') throw usageError("'' names no file");
  if (!/^(?:wss?|https?):\/\//i.test(text)) return { at: 'here', path: text };
  const { url, path } = REMOTE.exec(text)?.groups ?? {};
  if (url === undefined || path === undefined) {
    const example = /^ws/i.test(text) ? 'ws://127.0.0.1:9000:/etc/hosts' : 'https://relay.example/build-7:/etc/hosts';
    throw usageError(`'${text}' says no file on the executor; expected URL:PATH, such as ${example}`);
  }
  return { at: 'executor', url, path };
}

/** The address for people: without user and password, and without a query, which may be secrets. */
export function shownUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}
