/**
 * One ordered, message-oriented link to a peer: JSON text in, JSON text out.
 * Local sockets, stdio and relay streams look the same from here.
 */
export interface Connection {
  /** How error texts name the link, e.g. `exec-server websocket 127.0.0.1:5000` or `exec-server stdio`. */
  readonly peer: string;

  /** Who is at the other end, where that is proved: only the same may come back to what it left. Undefined on links that prove nobody. */
  readonly owner?: string | undefined;

  /** What a message that is no JSON-RPC does: most links answer it; on relay streams it ends the link. */
  readonly malformed?: 'answered' | 'fatal' | undefined;

  /**
   * Queues one message; order is kept. Bytes are the UTF-8 text of the message and may be a view of shared memory:
   * they must stay untouched until `sent` is called.
   * `sent` is called exactly once, when the kernel has taken the message or the link has ended, also when it had ended before.
   * Messages sent in the same turn of the event loop leave in one segment.
   */
  send(message: string | Uint8Array, sent?: () => void): void;

  /** Bytes queued and not yet taken by the kernel. */
  readonly queuedBytes: number;

  /**
   * Stops and restarts delivery of messages; output is not affected. Between the two neither messages nor the peer's end
   * are told: both wait their turn. `resume` delivers nothing by itself, held messages follow in a later turn.
   */
  pause(): void;
  resume(): void;

  /**
   * Resolves true when the peer shows a sign of life within `ms` of a fresh probe, else false.
   * Links that cannot probe say true, and so do paused ones: their peer may well have answered, we do not read.
   */
  probe(ms: number): Promise<boolean>;

  /** Ends the link at once, paused or not; idempotent. No message is delivered any more, `closed` follows in a later turn. */
  close(reason?: string): void;
}

/** What the owner of a link is told. `message` is never called after `closed`; `closed` is called exactly once. */
export interface ConnectionEvents {
  /** One whole message as it came. `text` is valid Unicode or, where the peer's bytes were not UTF-8, undefined. */
  message(message: InboundMessage): void;
  /** The link has ended, for whatever cause. The reason is for people. */
  closed(reason: string): void;
}

export interface InboundMessage {
  /** The text, made when it is asked for; or undefined when the bytes are not UTF-8 (binary frames and stdio lines only). */
  readonly text: string | undefined;
  /** The bytes as they came. */
  readonly bytes: Uint8Array;
}

/** Whoever opens a link first gets the link, then says who listens. No message is lost in between. */
export type Accept = (connection: Connection) => ConnectionEvents;
