import type { Connection, ConnectionEvents, InboundMessage } from '#src/transport/connection.js';

/** A link without a socket: what the server sends is kept, what the peer says is given by the test. */
export class FakeConnection implements Connection {
  readonly peer = 'exec-server websocket 127.0.0.1:5000';
  readonly owner: string | undefined;
  readonly malformed: Connection['malformed'];
  /** Every message sent, in order, as text. */
  readonly sent: string[] = [];
  queuedBytes = 0;
  paused = false;
  /** Why the server ended the link. */
  closeReason: string | undefined;
  /** What a probe answers. */
  alive: Promise<boolean> = Promise.resolve(true);
  /** So often was asked for a sign of life. */
  probes = 0;
  #events: ConnectionEvents | undefined;

  constructor({ owner, malformed }: Pick<Connection, 'owner' | 'malformed'> = {}) {
    this.owner = owner;
    this.malformed = malformed;
  }

  /** Names the owner, who is told from then on. */
  open(events: ConnectionEvents): void {
    this.#events = events;
  }

  /** The peer says these, all in one turn. */
  say(...messages: readonly (object | string)[]): void {
    for (const message of messages) {
      this.#events?.message(inbound(typeof message === 'string' ? message : JSON.stringify(message)));
    }
  }

  /** The peer says this in a message that is said to be so long. */
  sayAtLength(message: object, length: number): void {
    this.#events?.message({ text: JSON.stringify(message), bytes: Buffer.alloc(length) });
  }

  sayBytes(bytes: Uint8Array): void {
    this.#events?.message({ text: undefined, bytes });
  }

  /** The peer is gone. */
  end(): void {
    this.#events?.closed('the peer closed the connection');
  }

  /** The answers and notifications so far, as objects. */
  // biome-ignore lint/suspicious/noExplicitAny: what is on the wire may be anything.
  get messages(): any[] {
    return this.sent.map((text) => JSON.parse(text));
  }

  /** Ids in the order in which they were answered. */
  get answered(): unknown[] {
    return this.messages.map(({ id }) => id);
  }

  send(message: string | Uint8Array, sent?: () => void): void {
    this.sent.push(typeof message === 'string' ? message : Buffer.from(message).toString());
    sent?.();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  probe(): Promise<boolean> {
    this.probes += 1;
    return this.alive;
  }

  close(reason = ''): void {
    this.closeReason ??= reason;
  }
}

const inbound = (text: string): InboundMessage => ({ text, bytes: Buffer.from(text) });
