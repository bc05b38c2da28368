/** The head of a request as it stands on the wire. Source: 0.169.0, probed. */
import type { OutgoingRequest } from './outgoing-request.js';
import type { HttpProxy } from './proxy.js';

export interface MessageHead {
  readonly method: string;
  readonly target: string;
  /** In the order of the wire. Every name once, with all its values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

/**
 * The peer's headers first, each name where it first came; behind them what a request must have and this one does not.
 * `proxy` is the one that forwards the request; one that only tunnels does not see it.
 */
export function messageHead(request: OutgoingRequest, proxy?: HttpProxy): MessageHead {
  const headers = new Map<string, string[]>();
  for (const { name, value } of request.headers) {
    const values = headers.get(name);
    if (values) values.push(value);
    else headers.set(name, [value]);
  }
  const add = (name: string, value: string) => {
    if (!headers.has(name)) headers.set(name, [value]);
  };
  add('accept', '*/*');
  if (proxy?.authorization !== undefined) add('proxy-authorization', proxy.authorization);
  add('host', request.url.host);
  delimit(headers, request.body);
  return { method: request.method, target: targetOf(request, proxy), headers };
}

/**
 * How long the body is, said so that it is true: a peer's own content-length or transfer-encoding has no say over it.
 * Otherwise the rest of a body could be taken for the next request of the connection.
 */
function delimit(headers: Map<string, string[]>, body: Buffer | undefined): void {
  const codings = headers.get('transfer-encoding');
  if (codings && body) {
    headers.delete('content-length');
    if (!CHUNKED_LAST.test(codings.join())) headers.set('transfer-encoding', [`${codings.join(', ')}, chunked`]);
    return;
  }
  headers.delete('transfer-encoding');
  // Announces what only a chunked body can have.
  headers.delete('trailer');
  if (body || headers.has('content-length')) headers.set('content-length', [String(body?.length ?? 0)]);
}

const CHUNKED_LAST = /(?:^|,)[ \t]*chunked[ \t]*$/i;

function targetOf({ method, url }: OutgoingRequest, proxy: HttpProxy | undefined): string {
  if (method === 'CONNECT') return authorityOf(url);
  // A bare `?` is part of it, and is missing in `url.search`.
  const pathStart = url.href.indexOf('/', url.protocol.length + '//'.length);
  return url.href.slice(proxy ? 0 : pathStart, url.href.length - fragmentLength(url));
}

/** Host and port, the port also where it is the usual one. */
export const authorityOf = ({ hostname, port, protocol }: URL) => `${hostname}:${port || usualPort(protocol)}`;

const usualPort = (protocol: string) => (protocol === 'https:' ? '443' : '80');

/** With its `#`, also a bare one, which is missing in `url.hash`. */
function fragmentLength({ href }: URL): number {
  const start = href.indexOf('#');
  return start === -1 ? 0 : href.length - start;
}
