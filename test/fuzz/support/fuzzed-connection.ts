import { once } from 'node:events';
import { WebSocket } from 'ws';
import { parseJson } from '#src/protocol/json.js';
import { isJsonObject, type JsonObject } from '#src/protocol/json-value.js';

/** Far more than anything here takes. */
const PATIENCE_MS = 30_000;

/** A connection that says any text, and counts what is answered. */
export class FuzzedConnection implements AsyncDisposable {
  /** Answers in the order of their coming, by the reading of our own strict parser. */
  readonly answers: JsonObject[] = [];
  readonly #socket: WebSocket;
  #look = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('close', () => this.#look());
    socket.on('message', (data) => {
      const message = parseJson(String(data));
      if (isJsonObject(message) && message.method === undefined) this.answers.push(message);
      this.#look();
    });
  }

  static async open(url: string): Promise<FuzzedConnection> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const connection = new FuzzedConnection(socket);
    await once(socket, 'open');
    return connection;
  }

  get isClosed(): boolean {
    return this.#socket.readyState === WebSocket.CLOSED;
  }

  say(message: string): void {
    this.#socket.send(message, () => {});
  }

  /** Resolves with this many answers, or the end of the connection. Errors: neither comes. */
  async answered(count: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const impatience = setTimeout(
        () => reject(new Error(`${this.answers.length} of ${count} answers have come, and no more do`)),
        PATIENCE_MS,
      );
      this.#look = () => {
        if (this.answers.length < count && !this.isClosed) return;
        clearTimeout(impatience);
        resolve();
      };
      this.#look();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isClosed) return;
    const closed = once(this.#socket, 'close');
    this.#socket.terminate();
    await closed;
  }
}
