/** A connection over TLS through a proxy, which sees whom we speak to and nothing else. */
import { once } from 'node:events';
import { type RequestOptions, request } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { authorityOf } from './message-head.js';
import type { HttpProxy } from './proxy.js';

/**
 * `where`: how the proxy is reached; `trust`: what is asked of the certificate of `url`'s host. The caller owns the socket.
 * Errors: the proxy refuses, or whatever Node says.
 */
export async function openTunnel(
  url: URL,
  { authorization }: HttpProxy,
  where: RequestOptions,
  trust: ConnectionOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const socket = await throughProxy(authorityOf(url), authorization, where, signal);
  const host = hostOf(url);
  const tunnel = connect({ ...trust, socket, host, ...(isIP(host) === 0 && { servername: host }) });
  try {
    await once(tunnel, 'secureConnect', { signal });
    return tunnel;
  } catch (error) {
    tunnel.destroy();
    throw error;
  }
}

/** As a socket wants it: without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '');

function throughProxy(
  authority: string,
  authorization: string | undefined,
  where: RequestOptions,
  signal: AbortSignal,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const asking = request({ ...where, method: 'CONNECT', path: authority, setHost: false, signal });
    asking.setHeader('Host', authority);
    if (authorization !== undefined) asking.setHeader('Proxy-Authorization', authorization);
    asking.removeHeader('Connection');
    asking.on('connect', ({ statusCode = 0 }, socket) => {
      if (statusCode >= 200 && statusCode < 300) resolve(socket);
      else {
        socket.destroy();
        reject(new Error(`the proxy refuses: ${statusCode}`));
      }
    });
    asking.on('error', reject);
    asking.end();
  });
}
