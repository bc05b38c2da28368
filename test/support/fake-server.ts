import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FakeProcess, Notice } from './fake-process.js';

// biome-ignore lint/suspicious/noExplicitAny: what comes over the wire is whatever the other side sent.
type Params = any;

/** A message as it came: a request, a notification, or an answer. */
export interface Received {
  readonly method?: string;
  readonly id?: unknown;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: Params;
}

/** Answers one request: the result, an error to throw (`refusal`), or undefined for no answer at all. */
export type Handler = (params: Params, peer: Peer) => object | undefined | Promise<object | undefined>;

/** Thrown by a handler: the error to answer. */
export class Refusal extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** One connection as the fake server has it. */
export class Peer {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  send(message: object | string): void {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  tell(...notices: readonly Notice[]): void {
    for (const notice of notices) this.send(notice);
  }

  /** The connection is gone, as by a pulled plug. */
  cut(): void {
    this.#socket.terminate();
  }
}

/**
 * An executor that does what a test says, over real sockets. It counts what it is asked, method by method, on all
 * connections together. Without a word it initializes sessions, resumes them, and starts processes that say nothing.
 */
export class FakeServer implements AsyncDisposable {
  readonly url: string;
  /** Everything received, in order. */
  readonly received: Received[] = [];
  /** Connections in the order of their coming. */
  readonly peers: Peer[] = [];
  readonly #server: WebSocketServer;
  readonly #handlers = new Map<string, Handler>();
  readonly #arrivals = new EventEmitter();
  #sessions = 0;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => this.#serve(socket));
    this.on('initialize', ({ resumeSessionId }) => ({
      sessionId: resumeSessionId ?? `session-${++this.#sessions}`,
      environmentInfo: { shell: { name: 'sh', path: '/bin/sh' }, cwd: 'file:///work' },
    }));
    this.on('environment/status', () => ({ status: 'ready' }));
    this.on('process/start', ({ processId }) => ({ processId, sandboxType: 'none' }));
    this.on('process/terminate', () => ({ running: false }));
    this.on('process/write', () => ({ status: 'accepted' }));
    this.on('process/signal', () => ({}));
  }

  static async start(port = 0): Promise<FakeServer> {
    const server = new WebSocketServer({ host: '127.0.0.1', port });
    await once(server, 'listening');
    return new FakeServer(server);
  }

  on(method: string, handler: Handler): this {
    this.#handlers.set(method, handler);
    return this;
  }

  /** Answers `process/read` from what these processes are known to have done. */
  remembers(...processes: readonly FakeProcess[]): this {
    return this.on('process/read', ({ processId, afterSeq }) => {
      const process = processes.find(({ id }) => id === processId);
      if (process === undefined) throw new Refusal(-32600, `unknown process id ${processId}`);
      return process.read(afterSeq ?? 0);
    });
  }

  /** Parameters of every request or notification of this method, in order. */
  requests(method: string): Params[] {
    return this.received.filter((message) => message.method === method).map(({ params }) => params);
  }

  count(method: string): number {
    return this.requests(method).length;
  }

  /** Resolves when this method has been received so many times. */
  async waitFor(method: string, times = 1): Promise<void> {
    while (this.count(method) < times) await once(this.#arrivals, 'message');
  }

  /** The first message received, so far or from now on, that is like this. */
  async arrival(isLike: (message: Received) => boolean): Promise<Received> {
    for (;;) {
      const found = this.received.find(isLike);
      if (found !== undefined) return found;
      await once(this.#arrivals, 'message');
    }
  }

  /** Sends to the newest connection. */
  tell(...notices: readonly Notice[]): void {
    this.peer.tell(...notices);
  }

  /** The newest connection. */
  get peer(): Peer {
    const peer = this.peers.at(-1);
    if (peer === undefined) throw new Error('nobody has connected yet');
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: WebSocket): void {
    const peer = new Peer(socket);
    this.peers.push(peer);
    socket.on('error', () => {});
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      this.received.push(message);
      this.#arrivals.emit('message');
      if (message.method !== undefined && message.id !== undefined) void this.#answer(message, peer);
    });
  }

  async #answer({ id, method, params }: { id: unknown; method: string; params: Params }, peer: Peer): Promise<void> {
    const handler = this.#handlers.get(method);
    try {
      if (handler === undefined) throw new Refusal(-32601, `exec-server stub does not implement \`${method}\` yet`);
      const result = await handler(params, peer);
      if (result !== undefined) peer.send({ id, result });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      peer.send({ error: { code: error.code, message: error.message }, id });
    }
  }
}
