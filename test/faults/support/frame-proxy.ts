import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { ProxiedLink } from './proxied-link.js';

/**
 * Between both ends and a relay, which has this for its public address:
 *
 *   executor ══► [ link ] ══► relay ◄══ [ link ] ◄══ harness
 *
 * Calls of the registry do not come along here.
 */
export class FrameProxy implements AsyncDisposable {
  /** Where the relay is, `http://...`; to be said before anybody comes. */
  relay = '';
  /** Every link that there ever was, in the order in which they came. */
  readonly links: ProxiedLink[] = [];
  /** Told of each new link, before any frame of it. */
  linked: (link: ProxiedLink) => void = () => {};
  readonly #server: Server;
  readonly #upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: false });

  private constructor() {
    this.#server = createServer().on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
  }

  static async open(): Promise<FrameProxy> {
    const proxy = new FrameProxy();
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The links that stand. */
  whole(role: ProxiedLink['role']): ProxiedLink[] {
    return this.links.filter((link) => link.role === role && link.isWhole);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    for (const link of this.links) link.destroy();
    await Promise.all(this.links.map(({ ended }) => ended));
    await closed;
  }

  /** The relay is asked first, and what it refuses is refused. */
  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { url = '' } = request;
    const relay = new WebSocket(new URL(url, this.relay.replace(/^http/, 'ws')), { perMessageDeflate: false });
    const gone = () => relay.terminate();
    socket.on('error', () => socket.destroy());
    socket.once('close', gone);
    relay.on('error', () => socket.destroy());
    relay.once('unexpected-response', (_, { statusCode }) => {
      socket.end(`HTTP/1.1 ${statusCode} No\r\ncontent-length: 0\r\n\r\n`);
      relay.terminate();
    });
    relay.once('open', () => {
      this.#upgrader.handleUpgrade(request, socket, head, (end) => {
        socket.off('close', gone);
        const link = new ProxiedLink(end, relay, url);
        this.links.push(link);
        this.linked(link);
      });
    });
  }
}
