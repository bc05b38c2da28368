import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { INBOUND_MESSAGE_BYTES, INBOUND_MESSAGE_FRAGMENTS, PING_INTERVAL_MS } from '../protocol/limits.js';
import { type Admit, admitConnections } from './admission.js';
import type { Accept, Connection } from './connection.js';
import { contained, type Fault, warnOfFault } from './contained.js';
import { REQUEST_BOUNDS } from './request-bounds.js';
import { formatSocketAddress } from './socket-address.js';
import {
  type CheckAuthorization,
  type CheckRoom,
  checkRequest,
  type HttpAnswer,
  LIMIT_HEADER,
  NO_UPGRADE_STATE,
} from './upgrade-check.js';
import { BareWebSocket, connectWebSocket } from './websocket.js';

export interface ListenOptions {
  /** An IP address, never a name. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Who may open a WebSocket; everybody by default. */
  readonly checkAuthorization?: CheckAuthorization;
  /** TCP connections at once, also those that have asked for nothing yet; further ones are closed. By default any number. */
  readonly sockets?: number | undefined;
  /** Why there is no room for one more WebSocket; by default there always is. Past it the answer is 503. */
  readonly checkRoom?: CheckRoom;
  /** Decides about each connection before a byte of it is looked at; all are served by default. */
  readonly admit?: Admit;
  /** What `GET /readyz` says: whether new peers are wanted; always by default. */
  readonly isReady?: () => boolean;
  /** Told what `accept`, and the owners that it names, throw: that ends the connection. By default a warning of Node's. */
  readonly fault?: Fault;
  /** Between pings of each connection, ms. */
  readonly pingIntervalMs?: number;
}

export interface Listener extends AsyncDisposable {
  /** `ws://IP:PORT` with the real port. */
  readonly address: string;
  /** Stops listening and drops every connection; resolves when no handle is left. Idempotent. */
  close(): Promise<void>;
}

/**
 * Listens for WebSocket peers, and answers `GET /readyz`.
 * Errors: the operating system's, as they come (`osErrorText` words them).
 */
export async function listen(options: ListenOptions, accept: Accept): Promise<Listener> {
  const connections = new Set<Connection>();
  const {
    checkAuthorization = () => undefined,
    checkRoom = () => undefined,
    admit = () => true,
    isReady,
    fault = warnOfFault,
    pingIntervalMs = PING_INTERVAL_MS,
  } = options;
  const upgrader = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: INBOUND_MESSAGE_BYTES,
    maxFragments: INBOUND_MESSAGE_FRAGMENTS,
    WebSocket: BareWebSocket,
  });

  const serve = contained(accept, fault);
  const server = createServer(REQUEST_BOUNDS);
  if (options.sockets !== undefined) server.maxConnections = options.sockets;
  server.on('request', (request, response) => {
    const verdict = checkRequest(request, checkAuthorization, isReady);
    respond(response, verdict.is === 'answer' ? verdict.answer : NO_UPGRADE_STATE);
  });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const socket = stream as Socket;
    socket.on('error', () => socket.destroy());
    const verdict = checkRequest(request, checkAuthorization, isReady, checkRoom);
    if (verdict.is === 'answer') {
      refuseUpgrade(request, socket, verdict.answer);
      return;
    }
    // Offered subprotocols are ignored, also malformed ones, for which the library would refuse the upgrade.
    delete request.headers['sec-websocket-protocol'];
    upgrader.handleUpgrade(request, socket, head, (websocket) => {
      const connection = connectWebSocket({ websocket, socket, peer: peerName(socket), pingIntervalMs }, serve);
      connections.add(connection);
      websocket.on('close', () => connections.delete(connection));
    });
  });

  const admission = admitConnections(server, admit);
  server.listen(options.port, options.host);
  await once(server, 'listening');
  // From here on an error is a failed accept, such as too many open files: that peer's loss, the others stay.
  server.on('error', () => {});

  let closing: Promise<void> | undefined;
  const close = () => {
    admission[Symbol.dispose]();
    closing ??= closeServer(server, connections);
    return closing;
  };
  const { address, port } = server.address() as AddressInfo;
  return { address: `ws://${formatSocketAddress(address, port)}`, close, [Symbol.asyncDispose]: close };
}

function respond(response: ServerResponse, { status, text, allow, limit }: HttpAnswer): void {
  if (limit !== undefined) response.setHeader(LIMIT_HEADER, limit);
  if (allow !== undefined) response.setHeader('allow', allow);
  if (text !== undefined) response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(text ?? ''));
  response.writeHead(status).end(text);
}

/** Node hands over the bare socket of an upgrade request; a response of our own puts HTTP back on it. */
function refuseUpgrade(request: IncomingMessage, socket: Socket, answer: HttpAnswer): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on('finish', () => socket.destroySoon());
  respond(response, answer);
}

const peerName = ({ remoteAddress = 'unknown', remotePort = 0 }: Socket): string =>
  `exec-server websocket ${formatSocketAddress(remoteAddress, remotePort)}`;

async function closeServer(server: Server, connections: Iterable<Connection>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  for (const connection of connections) connection.close('the server is closing');
  await closed;
}
