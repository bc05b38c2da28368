/** Where an answer sends a request next. Source: 0.169.0, probed; stricter than it where something would reach another origin. */

import type { RpcError } from '../protocol/errors.js';
import { HTTP_REDIRECTS } from '../protocol/limits.js';
import { redirectScheme, tooManyRedirects } from './errors.js';
import { isHttp, type OutgoingHeader, type OutgoingRequest } from './outgoing-request.js';

export type Step =
  | { readonly is: 'done' }
  | { readonly is: 'send'; readonly request: OutgoingRequest }
  | { readonly is: 'fail'; readonly error: RpcError };

export interface Redirection {
  readonly status: number;
  /** The header of this name as it came, one character for each byte. */
  readonly location: string | undefined;
}

/**
 * What follows on an answer to `request`, which had `followed` redirects before it.
 * A location that is none leaves the answer as it is.
 */
export function follow(request: OutgoingRequest, followed: number, { status, location }: Redirection): Step {
  const url = REDIRECTS.has(status) && location !== undefined ? targetOf(location, request.url) : undefined;
  if (!url) return { is: 'done' };
  if (!isHttp(url)) return { is: 'fail', error: redirectScheme(url.protocol.slice(0, -1)) };
  if (followed >= HTTP_REDIRECTS) return { is: 'fail', error: tooManyRedirects() };
  return { is: 'send', request: redirected(request, status, url) };
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Without user and password: nobody but the peer says as whom it signs in. */
function targetOf(location: string, base: URL): URL | undefined {
  const text = utf8(location);
  if (text === undefined || !URL.canParse(text, base.href)) return undefined;
  const url = new URL(text, base);
  url.username = '';
  url.password = '';
  return url;
}

function utf8(bytes: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return undefined;
  }
}

function redirected(request: OutgoingRequest, status: number, url: URL): OutgoingRequest {
  const method = methodAfter(request.method, status);
  const keepsBody = status !== 303 && method === request.method;
  const staysHere = url.origin === request.url.origin;
  const headers = request.headers.filter(
    (header) =>
      header.name !== 'referer' && (keepsBody || !OF_THE_BODY.has(header.name)) && (staysHere || mayTravel(header)),
  );
  const referer = refererFor(request.url, url);
  return {
    method,
    url,
    headers: referer ? [...headers, { name: 'referer', value: referer, fromEnvironment: false }] : headers,
    body: keepsBody ? request.body : undefined,
  };
}

function methodAfter(method: string, status: number): string {
  if (status === 303) return method === 'HEAD' ? 'HEAD' : 'GET';
  return (status === 301 || status === 302) && method === 'POST' ? 'GET' : method;
}

const OF_THE_BODY: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-type',
  'transfer-encoding',
]);

const OF_ONE_ORIGIN: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'cookie2',
  'proxy-authorization',
  'www-authenticate',
]);

/** What has been left behind once is not taken up again, also when the way leads back. */
const mayTravel = ({ name, fromEnvironment }: OutgoingHeader) => !fromEnvironment && !OF_ONE_ORIGIN.has(name);

/** All of the address for the same origin, the origin for others, nothing where the way is open to listeners and was not. */
function refererFor(from: URL, to: URL): string | undefined {
  if (from.origin === to.origin) return from.href.slice(0, from.href.length - from.hash.length);
  return from.protocol === 'https:' && to.protocol === 'http:' ? undefined : `${from.origin}/`;
}
