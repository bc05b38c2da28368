import { EventEmitter, once } from 'node:events';
import { request as ask, createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { WebSocket, WebSocketServer } from 'ws';
import { type Role, type TappedLink, tapLink } from './tapped-link.js';

/** Stands before a relay, which has its address for its public one, and keeps a copy of all that passes. */
export interface RelayTap extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Where the relay is; to be said before anything comes. */
  relay: string;
  /** Bodies of requests and answers, in the order in which they passed. */
  readonly bodies: readonly Buffer[];
  /** Calls with their status, and links that were refused: `connect 200`, `executor link 401`. */
  readonly calls: readonly string[];
  /** WebSocket messages, both ways. */
  readonly frames: readonly Buffer[];
  /** All that have stood, in the order in which they came. */
  readonly links: readonly TappedLink[];
  /** Resolves with the next link of that role, when it stands. */
  linked(role: Role): Promise<TappedLink>;
  /** Resolves with the next such call. */
  called(call: string): Promise<void>;
  /** Cuts all links without a word, or all of one role. */
  cutLinks(role?: Role): void;
}

export async function startRelayTap(): Promise<RelayTap> {
  const bodies: Buffer[] = [];
  const calls: string[] = [];
  const frames: Buffer[] = [];
  const links: TappedLink[] = [];
  const passing = new EventEmitter();
  const server = createServer((request, response) => {
    void pass(request).then(
      ({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      },
      // As proxies say it while what is behind them is not there.
      () => response.writeHead(502).end(),
    );
  });

  async function pass(request: IncomingMessage): Promise<{ status: number; body: Buffer }> {
    const body = await buffer(request);
    bodies.push(body);
    const { method, url = '', headers } = request;
    const outgoing = ask(new URL(url, tap.relay), { method: method ?? 'GET', headers: { ...headers, host: 'relay' } });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const answered = await buffer(answer);
    bodies.push(answered);
    const call = `${url.split('/').at(-1)} ${answer.statusCode}`;
    calls.push(call);
    passing.emit(call);
    return { status: answer.statusCode ?? 0, body: answered };
  }

  const upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on('upgrade', (request, socket, head) => {
    const role = request.url?.includes('role=environment') ? 'executor' : 'harness';
    socket.on('error', () => socket.destroy());
    const far = new WebSocket(new URL(request.url ?? '', tap.relay.replace(/^http/, 'ws')), {
      perMessageDeflate: false,
    });
    far.on('error', () => socket.destroy());
    far.once('unexpected-response', (_, { statusCode }) => {
      calls.push(`${role} link ${statusCode}`);
      socket.end(`HTTP/1.1 ${statusCode} no\r\ncontent-length: 0\r\n\r\n`);
      far.terminate();
    });
    far.once('open', () => {
      upgrader.handleUpgrade(request, socket, head, (near) => {
        const link = tapLink(role, near, far, (message) => frames.push(message));
        links.push(link);
        passing.emit(role, link);
      });
    });
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const tap: RelayTap = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    relay: '',
    bodies,
    calls,
    frames,
    links,
    linked: async (role) => (await once(passing, role))[0] as TappedLink,
    called: async (call) => void (await once(passing, call)),
    cutLinks: (role) => {
      for (const link of links) if (role === undefined || link.role === role) link.cut();
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      tap.cutLinks();
      server.closeAllConnections();
      await closed;
    },
  };
  return tap;
}
