/** Registry and rendezvous on one port: HTTP calls, WebSocket links, and TLS where a certificate is given. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import {
  CLOSE_GRACE_MS,
  INBOUND_MESSAGE_FRAGMENTS,
  RELAY_FRAME_BYTES,
  RENDEZVOUS_CONNECTIONS,
  REQUEST_PATIENCE_MS,
} from '../protocol/limits.js';
import { REQUEST_BOUNDS } from '../transport/request-bounds.js';
import { formatSocketAddress } from '../transport/socket-address.js';
import {
  type Answer,
  bodyTooLarge,
  notForBrowsers,
  notFound,
  notPost,
  unauthorized,
  unforeseen,
  wrongRole,
} from './answers.js';
import type { EnvironmentId } from './environment-id.js';
import { type Counts, Environments } from './environments.js';
import { bodyOf, drained, refuseUpgrade, respond } from './http-io.js';
import { MemoryStorage } from './memory-storage.js';
import { type PublicUrl, parsePublicUrl } from './public-url.js';
import { CALLS, type Call, Registry } from './registry.js';
import { routeOf } from './request-route.js';
import type { Storage } from './storage.js';
import { type Grants, roleOf } from './tokens.js';
import { WebSocketLink } from './websocket-link.js';

export interface RelayOptions {
  /** An IP address. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Whose tokens are good now. */
  readonly grants: () => Promise<Grants>;
  /** How the ends reach it; by the address it listens on, where nothing else is said. */
  readonly publicUrl?: PublicUrl | undefined;
  /** PEM. Without it the port speaks plain HTTP. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly storage?: Storage;
  /** TCP connections at once. */
  readonly connections?: number | undefined;
  /** Harnesses of one environment at once. */
  readonly harnesses?: number | undefined;
  /** Is told what happens, without secrets; a line each. */
  readonly say?: (line: string) => void;
}

export interface RelayServer extends AsyncDisposable {
  /** `http://IP:PORT` or `https://IP:PORT`, with the real port. */
  readonly address: string;
  /** What goes on now. */
  readonly counts: Counts;
  /** Takes another certificate for connections from now on. Errors: those of the TLS library. */
  renew(tls: { readonly cert: Buffer; readonly key: Buffer }): void;
  /** Lets all ends go. Idempotent. */
  close(): Promise<void>;
}

const SECRET_BYTES = 32;

/** Errors: the operating system's, and those of the TLS library about a certificate. */
export async function openRelay(options: RelayOptions): Promise<RelayServer> {
  const server = serverFor(options);
  server.maxConnections = options.connections ?? RENDEZVOUS_CONNECTIONS;
  const storage = options.storage ?? new MemoryStorage();
  const secret = randomBytes(SECRET_BYTES);
  const environments = new Environments({ storage, secret, harnesses: options.harnesses, say: options.say });
  let closing: Promise<void> | undefined;

  server.listen(options.port, options.host);
  await once(server, 'listening');
  // From here on an error is a connection that could not be accepted, such as too many open files: the others stay.
  server.on('error', () => {});
  const { address: ip, port } = server.address() as AddressInfo;
  const address = `${options.tls ? 'https' : 'http'}://${formatSocketAddress(ip, port)}`;
  const { linkBase, prefix } = options.publicUrl ?? parsePublicUrl(address)!;
  const registry = new Registry({
    storage,
    secret,
    linkBase,
    crossing: (environment) => environments.crossing(environment),
    now: Date.now,
    random: randomBytes,
  });

  server.on('request', (request, response) => {
    void answerTo(request).then(
      (answer) => respond(response, answer),
      () => respond(response, unforeseen()),
    );
  });

  async function answerTo(request: IncomingMessage): Promise<Answer | 'ready'> {
    // What has not been read of a body when the answer leaves is thrown away; how long it may take is bounded.
    request.on('error', () => {});
    if (request.headers.origin !== undefined) return drained(request, notForBrowsers());
    const route = routeOf(request.url ?? '', prefix);
    switch (route?.is) {
      case 'ready':
        return drained(request, 'ready');
      case 'call': {
        if (request.method !== 'POST') return drained(request, notPost());
        const refusal = await refusalOf(request, route.environment, route.call);
        if (refusal !== undefined) return drained(request, refusal);
        const body = await bodyOf(request);
        return body === undefined
          ? drained(request, bodyTooLarge())
          : registry.answer(route.call, route.environment, body);
      }
      default:
        return drained(request, notFound());
    }
  }

  async function refusalOf(
    { headers }: IncomingMessage,
    environment: EnvironmentId,
    call: Call,
  ): Promise<Answer | undefined> {
    const role = roleOf(await options.grants(), environment, headers.authorization);
    if (role === undefined) return unauthorized();
    return role === CALLS[call] ? undefined : wrongRole(CALLS[call] === 'executor' ? 'an executor' : 'a harness');
  }

  const linkRoute = ({ url = '', headers }: IncomingMessage) => {
    const route = routeOf(url, prefix);
    return route?.is === 'link' && headers.origin === undefined ? route : undefined;
  };
  const upgrader = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: RELAY_FRAME_BYTES,
    maxFragments: INBOUND_MESSAGE_FRAGMENTS,
  });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const socket = stream as Socket;
    const failed = () => socket.destroy();
    socket.on('error', failed);
    void environments.judge(linkRoute(request), Date.now()).then(
      (verdict) => {
        if (socket.destroyed) return;
        if (closing !== undefined) return refuseUpgrade(request, socket, 'pod_draining');
        if (typeof verdict === 'string') return refuseUpgrade(request, socket, verdict);
        upgrader.handleUpgrade(request, socket, head, (websocket) => {
          new WebSocketLink(websocket, socket, (link) => environments.admit(verdict, link));
        });
      },
      () => failed(),
    );
  });

  const close = () => {
    closing ??= closeAll(server, environments);
    return closing;
  };
  return {
    address,
    get counts() {
      return environments.counts;
    },
    renew: (tls) => (server as TlsServer).setSecureContext(tls),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function serverFor({ tls }: RelayOptions): Server | TlsServer {
  if (tls === undefined) return createHttpServer(REQUEST_BOUNDS);
  return createTlsServer({
    ...REQUEST_BOUNDS,
    ...tls,
    handshakeTimeout: REQUEST_PATIENCE_MS,
    ALPNProtocols: ['http/1.1'],
  });
}

/**
 * A harness of 0.169.0 that has lost its link asks at once for another, tries again where nobody listens, and gives up where its
 * request is broken off. So nobody is listened to before links end, and requests under way are answered.
 */
async function closeAll(server: Server | TlsServer, environments: Environments): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  environments.close();
  const impatience = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(impatience);
}
