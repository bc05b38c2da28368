/** The port at which an executor tells its metrics, and whether it takes work. It asks for no token and takes no body. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { METRICS_CONNECTIONS } from '../protocol/limits.js';
import { REQUEST_BOUNDS } from '../transport/request-bounds.js';
import { formatSocketAddress } from '../transport/socket-address.js';

export interface MetricsServerOptions {
  /** An IP address. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** What GET /metrics answers, and its type. */
  readonly metrics: { readonly contentType: string; readonly text: () => Promise<string> };
  /** Whether GET /healthz answers 200, or 503. */
  readonly isHealthy: () => boolean;
}

export interface MetricsServer {
  /** `http://IP:PORT` with the real port. */
  readonly address: string;
  readonly close: () => Promise<void>;
}

/** Errors: the operating system's, as they come. */
export async function serveMetrics(options: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer(REQUEST_BOUNDS, (request, response) => {
    // Nothing that anybody sends is read.
    response.shouldKeepAlive &&= !hasBody(request);
    answer(request, options).then(
      (said) => respond(response, said, request.method === 'HEAD'),
      () => respond(response, { status: 500 }, false),
    );
  });
  server.maxConnections = METRICS_CONNECTIONS;
  server.on('upgrade', (_request, socket) => socket.destroy());
  server.listen(options.port, options.host);
  await once(server, 'listening');
  server.on('error', () => {});
  const { address, port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { address: `http://${formatSocketAddress(address, port)}`, close };
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly text?: string;
  readonly allow?: string;
}

/** As for the executor's own port, a browser is refused: it always sends where it comes from. */
async function answer(request: IncomingMessage, { metrics, isHealthy }: MetricsServerOptions): Promise<Answer> {
  if (request.headers.origin !== undefined) return { status: 403 };
  const path = request.url?.replace(/\?.*$/, '');
  if (path !== '/metrics' && path !== '/healthz') return { status: 404 };
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, allow: 'GET,HEAD' };
  if (path === '/metrics') return { status: 200, type: metrics.contentType, text: await metrics.text() };
  return isHealthy() ? plain(200, 'ok\n') : plain(503, 'draining\n');
}

const plain = (status: number, text: string): Answer => ({ status, type: 'text/plain; charset=utf-8', text });

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

function respond(response: ServerResponse, { status, type, text = '', allow }: Answer, isHead: boolean): void {
  if (type !== undefined) response.setHeader('content-type', type);
  if (allow !== undefined) response.setHeader('allow', allow);
  response.setHeader('content-length', Buffer.byteLength(text));
  response.writeHead(status).end(isHead ? undefined : text);
}
