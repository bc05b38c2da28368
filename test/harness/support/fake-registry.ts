/** A registry and rendezvous that answer by the book of a test: to `connect`, and to upgrades. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { encodePublicKey } from '#src/noise/public-key.js';
import { ENVIRONMENT } from '#test/rendezvous/support/relay-ends.js';
import { newIdentity } from './fake-executor.js';

export const SECRETS = { signature: 'signature-of-the-url', authorization: 'authorization-of-the-harness' };
const EXECUTOR_KEY = encodePublicKey(newIdentity().publicKey);

/** Status and body of one answer to `connect`; a bundle where there is no status. */
export interface Answer {
  readonly status?: number;
  readonly code?: string;
}

export interface Book {
  /** In turn, the last one again and again. */
  readonly answers?: readonly Answer[];
  /** Statuses of upgrades, in turn, the last one again and again; 101 opens a link. */
  readonly upgrades?: readonly number[];
  readonly linked?: (link: WebSocket) => void;
}

export class FakeRegistry implements AsyncDisposable {
  readonly upgrades: string[] = [];
  readonly bodies: string[] = [];
  readonly authorizations: (string | undefined)[] = [];
  /** Of `chatgpt-account-id`. */
  readonly accounts: (string | string[] | undefined)[] = [];
  readonly #server: Server;
  readonly #links = new WebSocketServer({ noServer: true, perMessageDeflate: false });

  static async start(book: Book = {}): Promise<FakeRegistry> {
    const registry = new FakeRegistry(book);
    registry.#server.listen(0, '127.0.0.1');
    await once(registry.#server, 'listening');
    return registry;
  }

  private constructor({ answers = [{}], upgrades = [101], linked = () => {} }: Book) {
    this.#server = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece);
      this.bodies.push(Buffer.concat(pieces).toString());
      this.authorizations.push(request.headers.authorization);
      this.accounts.push(request.headers['chatgpt-account-id']);
      const { status, code } = answers[Math.min(this.bodies.length, answers.length) - 1]!;
      response.statusCode = status ?? 200;
      response.end(JSON.stringify(status === undefined ? this.#bundle() : { error: { code, message: 'no' } }));
    });
    this.#server.on('upgrade', (request, socket, head) => {
      this.upgrades.push(request.url!);
      const status = upgrades[Math.min(this.upgrades.length, upgrades.length) - 1]!;
      if (status === 101) this.#links.handleUpgrade(request, socket, head, linked);
      else socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const link of this.#links.clients) link.terminate();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #bundle() {
    return {
      environment_id: ENVIRONMENT,
      url: `${this.url.replace('http', 'ws')}/link/${this.bodies.length}?sig=${SECRETS.signature}`,
      security_profile: 'noise_hybrid_ik_v1',
      executor_registration_id: 'reg-1',
      executor_public_key: EXECUTOR_KEY,
      harness_key_authorization: SECRETS.authorization,
    };
  }
}
