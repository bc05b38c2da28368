import type { Accept, Connection, ConnectionEvents } from '#src/transport/connection.js';

type Receive = (message: { readonly id?: unknown; readonly method?: string }, connection: MemoryConnection) => void;

/** A connection without a wire: what is sent is kept, what arrives is said by the test. */
export class MemoryConnection implements Connection {
  readonly peer = 'exec-server memory';
  readonly queuedBytes = 0;
  /** Messages sent so far, parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: what was sent is whatever the code under test made.
  readonly sent: any[] = [];
  /** What the other side does with a message, a moment after it was sent. */
  readonly #receive: Receive;
  readonly #events: ConnectionEvents;
  #open = true;

  constructor(accept: Accept, receive: Receive = () => {}) {
    this.#receive = receive;
    this.#events = accept(this);
  }

  get isOpen(): boolean {
    return this.#open;
  }

  send(message: string | Uint8Array, sent?: () => void): void {
    const parsed = JSON.parse(String(message));
    this.sent.push(parsed);
    queueMicrotask(() => this.#receive(parsed, this));
    sent?.();
  }

  /** A message from the other side; a string is its text as it stands. */
  deliver(message: object | string): void {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    this.#events.message({ text, bytes: Buffer.from(text) });
  }

  /** The other side is gone. */
  end(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#events.closed(reason);
  }

  pause(): void {}

  resume(): void {}

  async probe(): Promise<boolean> {
    return this.#open;
  }

  close(reason = 'closed by this side'): void {
    process.nextTick(() => this.end(reason));
  }
}
