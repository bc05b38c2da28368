/**
 * A client that costs next to nothing: it reads the socket, finds where messages end, and looks at nothing else, but for the
 * word that a process is closed. What is measured with it is the server.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type MessageEnd, MessageEnds } from './message-ends.js';
import type { Requester } from './requester.js';
import type { ServerAddress } from './wire-client.js';

/** The kernel is asked for so much at once. */
const READ_BYTES = 512 * 1024;

interface Waiting {
  resolve(bytes: number): void;
  reject(error: Error): void;
}

/** A process from its start to all that is said of it. */
interface Receiving extends Waiting {
  messages: number;
  bytes: number;
  /** All messages that there will be, the answer to process/start with them; from process/closed on. */
  wanted: number | undefined;
}

/** Both executors begin a message like this. */
const CLOSED = '{"method":"process/closed"';

export class CountingClient implements Requester {
  readonly #socket: Socket;
  /** Requests without an answer, in the order of their sending. */
  readonly #waiting: Waiting[] = [];
  /** While there is one, what comes is of this process. */
  #receiving: Receiving | undefined;
  #lastId = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Opens a session of its own. Errors: anything but a WebSocket on the other side. */
  static async connect({ url, label }: ServerAddress): Promise<CountingClient> {
    const { hostname, port, host } = new URL(url);
    const ends = new MessageEnds();
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    let client: CountingClient | undefined;
    let greeting = '';
    const socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer,
        callback: (length) => {
          const bytes = buffer.subarray(0, length);
          if (client !== undefined) ends.find(bytes, client.#ended);
          else greeting += bytes.toString('latin1');
          if (client === undefined && greeting.endsWith('\r\n\r\n')) socket.emit('greeted');
          return true;
        },
      },
    });
    await once(socket, 'connect');
    socket.write(
      `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
    await once(socket, 'greeted');
    if (!greeting.startsWith('HTTP/1.1 101 ')) throw new Error(`${label} answered ${greeting.split('\r\n')[0]}`);
    const made = new CountingClient(socket);
    client = made;
    socket.on('close', () => made.#fail(`${label} has closed the connection`));
    await made.request('initialize', { clientName: 'farhand-bench', resumeSessionId: null });
    made.#send({ method: 'initialized', params: {} });
    return made;
  }

  /** Bytes of an answer. Answers are not looked at: those of requests made together may be those of each other. */
  request(method: string, params: object): Promise<number> {
    this.#lastId++;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#send({ id: this.#lastId, method, params });
    });
  }

  /**
   * Starts a program without terminal, in the root folder and with an empty environment. Resolves when all messages about it have
   * come, with the bytes of their payloads; nothing else may be asked until then. An executor may say that a process is closed
   * before its last output; it says in any case how many messages there are.
   */
  receive(argv: readonly string[]): Promise<number> {
    const id = ++this.#lastId;
    const params = { processId: `bench-${id}`, argv, cwd: 'file:///', env: {}, tty: false, arg0: null };
    return new Promise((resolve, reject) => {
      this.#receiving = { messages: 0, bytes: 0, wanted: undefined, resolve, reject };
      this.#send({ id, method: 'process/start', params });
    });
  }

  readonly #ended: MessageEnd = (bytes, short) => {
    const receiving = this.#receiving;
    if (receiving === undefined) {
      this.#waiting.shift()?.resolve(bytes);
      return;
    }
    receiving.messages++;
    receiving.bytes += bytes;
    if (receiving.messages === 1 && short?.includes('"error":')) receiving.reject(new Error(short.toString()));
    if (short?.toString('latin1', 0, CLOSED.length) === CLOSED) {
      const { params } = JSON.parse(short.toString()) as { params: { seq: number } };
      receiving.wanted = params.seq + 1;
    }
    if (receiving.messages !== receiving.wanted) return;
    this.#receiving = undefined;
    receiving.resolve(receiving.bytes);
  };

  /** Reads no more. */
  stall(): void {
    this.#socket.pause();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.closed) return;
    const closed = once(this.#socket, 'close');
    this.#socket.destroy();
    await closed;
  }

  #send(message: object): void {
    this.#socket.write(maskedFrame(Buffer.from(JSON.stringify(message))));
  }

  #fail(reason: string): void {
    this.#receiving?.reject(new Error(reason));
    this.#receiving = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(reason));
  }
}

const TEXT_FRAME = 0x81;
const MASKED = 0x80;
const LENGTH_IN_16_BITS = 126;

/** A whole message of less than 64 KiB. */
function maskedFrame(payload: Buffer): Buffer {
  const isShort = payload.length < LENGTH_IN_16_BITS;
  const head = Buffer.alloc(isShort ? 2 : 4);
  head[0] = TEXT_FRAME;
  head[1] = MASKED | (isShort ? payload.length : LENGTH_IN_16_BITS);
  if (!isShort) head.writeUInt16BE(payload.length, 2);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ mask[index % 4]!)]);
}
