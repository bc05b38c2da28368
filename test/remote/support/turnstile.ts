import type { Socket } from 'node:net';

/**
 * Stands where the kernel takes what a socket has been given: closed, it takes one write after the other, each when the test says so.
 * So a link is as slow as a test wants it, and no buffer of the kernel is between what leaves and what arrives.
 */
export class Turnstile {
  isOpen = true;
  /** What the kernel has been given. */
  bytes = 0;
  #waiting: (() => void) | undefined;
  readonly #socket: Socket;
  readonly #came: () => void;

  /** `came`: the socket was given something, or a write waits. */
  constructor(socket: Socket, came: () => void) {
    this.#socket = socket;
    this.#came = came;
    const give = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]) => {
      const isWelcome = give(...args);
      came();
      return isWelcome;
    };
    const write = socket._write.bind(socket);
    const writev = socket._writev!.bind(socket);
    socket._write = (chunk: Buffer, encoding, done) => this.#pass([chunk], () => write(chunk, encoding, done));
    socket._writev = (chunks, done) =>
      this.#pass(
        chunks.map(({ chunk }) => chunk as Buffer),
        () => writev(chunks, done),
      );
  }

  /** There is never more than one: the stream waits for it before it writes again. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** What the socket was given and the kernel was not. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  close(): void {
    this.isOpen = false;
  }

  /** Lets the write go that waits. */
  letOne(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  open(): void {
    this.isOpen = true;
    this.letOne();
  }

  #pass(chunks: readonly Buffer[], write: () => void): void {
    const pass = () => {
      for (const { length } of chunks) this.bytes += length;
      write();
    };
    if (this.isOpen) {
      pass();
      return;
    }
    this.#waiting = pass;
    this.#came();
  }
}
