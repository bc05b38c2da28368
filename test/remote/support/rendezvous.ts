import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Body, decodeFrame, type Frame } from '#src/relay/frame.js';
import { frameOf } from '#test/rendezvous/support/frames.js';
import type { Happenings } from '#test/support/happenings.js';

/** What an upgrade gets instead of a link. `never`: nothing comes. `cut`: the connection ends. */
export type UpgradeAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | 'never'
  | 'cut';

export interface Upgrade {
  readonly url: string;
  readonly requestId: string;
  readonly headers: IncomingHttpHeaders;
}

/** A rendezvous without any sense of its own: the test sees each frame of the executor, and says what it gets. */
export class Rendezvous implements AsyncDisposable {
  readonly upgrades: Upgrade[] = [];
  /** Links in the order in which they came. */
  readonly links: ExecutorEnd[] = [];
  readonly #happenings: Happenings;
  readonly #server: Server;
  readonly #upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #answers: UpgradeAnswer[] = [];
  readonly #sockets = new Set<Duplex>();

  private constructor(happenings: Happenings) {
    this.#happenings = happenings;
    this.#server = createServer().on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
  }

  static async open(happenings: Happenings): Promise<Rendezvous> {
    const rendezvous = new Rendezvous(happenings);
    rendezvous.#server.listen(0, '127.0.0.1');
    await once(rendezvous.#server, 'listening');
    return rendezvous;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What the next upgrades get, one each. */
  next(...answers: readonly UpgradeAnswer[]): void {
    this.#answers.push(...answers);
  }

  /** The link with this number, from 0, when it is there. */
  async link(index: number): Promise<ExecutorEnd> {
    await this.#happenings.until(() => this.links.length > index);
    return this.links[index]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => socket.destroy());
    const { url = '', headers } = request;
    this.upgrades.push({ url, requestId: String(headers['x-request-id']), headers });
    const answer = this.#answers.shift();
    if (answer === undefined) {
      this.#upgrader.handleUpgrade(request, socket, head, (websocket) => {
        this.links.push(new ExecutorEnd(websocket, socket as Socket, this.#happenings));
        this.#happenings.happened();
      });
      return;
    }
    if (answer === 'cut') socket.destroy();
    else if (answer !== 'never') {
      const headers = Object.entries({ 'content-length': '0', ...answer.headers }).map(
        ([name, is]) => `${name}: ${is}\r\n`,
      );
      socket.end(`HTTP/1.1 ${answer.status} So\r\n${headers.join('')}\r\n`);
    }
    this.#happenings.happened();
  }
}

/** One link, as the rendezvous has it. */
export class ExecutorEnd {
  /** What the executor has sent. */
  readonly frames: Frame[] = [];
  /** How the link was closed, once it was; 1006 when it was only cut. */
  closeCode: number | undefined;
  readonly #websocket: WebSocket;
  readonly #socket: Socket;
  readonly #happenings: Happenings;

  constructor(websocket: WebSocket, socket: Socket, happenings: Happenings) {
    this.#websocket = websocket;
    this.#socket = socket;
    this.#happenings = happenings;
    websocket.on('message', (message: Buffer) => {
      this.frames.push(decodeFrame(message));
      happenings.happened();
    });
    websocket.on('error', () => {});
    websocket.on('close', (code) => {
      this.closeCode = code;
      happenings.happened();
    });
  }

  /** All that was read of it, with the head of its upgrade. */
  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  /** Binary as it is; a text as one that is text. */
  send(message: Uint8Array | string): void {
    this.#websocket.send(message);
  }

  /** One message, in fragments of so many bytes. */
  sendInPieces(message: Uint8Array, bytes: number): void {
    for (let at = 0; at < message.length; at += bytes) {
      this.#websocket.send(message.subarray(at, at + bytes), { fin: at + bytes >= message.length });
    }
  }

  sendFrame(streamId: string, body: Body): void {
    this.send(frameOf(streamId, body));
  }

  /** What the executor has sent on one stream, from the given place of `frames` on. */
  framesOf(streamId: string, from = 0): Frame[] {
    return this.frames.slice(from).filter((frame) => frame.streamId === streamId);
  }

  resetsOf(streamId: string, from = 0): number {
    return this.framesOf(streamId, from).filter(({ body }) => body.kind === 'reset').length;
  }

  until(isSo: () => boolean): Promise<void> {
    return this.#happenings.until(isSo);
  }

  /** Resolves when the executor has seen all that was sent so far, and what it says to that at once is here. */
  async seen(): Promise<void> {
    // The first is answered before what waits for the end of its turn, the second behind that.
    for (let pings = 0; pings < 2; pings += 1) {
      const pong = once(this.#websocket, 'pong');
      this.#websocket.ping();
      await pong;
    }
  }

  /** What the executor says from now on is not read, the answer to a close neither. */
  stopReading(): void {
    this.#websocket.pause();
  }

  /** Ends the link without a word. */
  cut(): void {
    this.#websocket.terminate();
  }

  close(code: number): void {
    this.#websocket.close(code);
  }
}
