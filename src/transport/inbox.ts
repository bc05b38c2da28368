import type { ConnectionEvents, InboundMessage } from './connection.js';

/** What an inbox may ask of the link that fills it. */
export interface InboxSource {
  pause(): void;
  resume(): void;
}

/**
 * - `open`: messages are passed on, or held while the owner pauses.
 * - `ending`: the link has ended; its owner hears of it behind the held messages.
 * - `discarding`: the owner wants no more; the link is about to end.
 * - `told`: the owner knows of the end; nothing follows.
 */
type InboxState = { is: 'open' } | { is: 'ending'; reason: string } | { is: 'discarding' } | { is: 'told' };

/**
 * The order of what a link tells its owner: messages as they came, then the end, and nothing behind it.
 *
 * Bytes arrive in chunks of many messages, so a pause usually comes in the middle of one. The rest of that chunk is
 * held here, and nothing more is read meanwhile: the bound is one read of the source (64 KiB from a socket or a pipe).
 */
export class Inbox {
  readonly #source: InboxSource;
  #events: ConnectionEvents | undefined;
  #state: InboxState = { is: 'open' };
  #held: InboundMessage[] = [];
  #next = 0;
  #heldBytes = 0;
  #paused = false;
  #drainPlanned = false;

  constructor(source: InboxSource) {
    this.#source = source;
  }

  /** Names the owner; once, before anything arrives. */
  open(events: ConnectionEvents): void {
    this.#events = events;
  }

  push(message: InboundMessage): void {
    if (this.#state.is !== 'open') return;
    if (this.#paused || !this.#empty) {
      this.#held.push(message);
      this.#heldBytes += message.bytes.byteLength;
    } else this.#events?.message(message);
  }

  /** Messages that wait for their owner. */
  get heldMessages(): number {
    return this.#held.length - this.#next;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** The link has ended. */
  end(reason: string): void {
    if (this.#state.is === 'told' || this.#state.is === 'ending') return;
    if (this.#state.is === 'discarding' || (!this.#paused && this.#empty)) this.#tell(reason);
    else this.#state = { is: 'ending', reason };
  }

  /** Drops what is held and what still comes; `end` is told as soon as it is known, paused or not. */
  discard(): void {
    if (this.#state.is === 'told') return;
    this.#state = { is: 'discarding' };
    this.#forgetHeld();
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#source.pause();
  }

  /** Held messages follow in a later turn, never from inside this call. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#drainPlanned) return;
    this.#drainPlanned = true;
    setImmediate(() => this.#drain());
  }

  #drain(): void {
    this.#drainPlanned = false;
    while (!this.#paused && !this.#empty) {
      const message = this.#held[this.#next++]!;
      this.#heldBytes -= message.bytes.byteLength;
      this.#events?.message(message);
    }
    if (!this.#empty) return;
    this.#forgetHeld();
    if (this.#paused) return;
    if (this.#state.is === 'ending') this.#tell(this.#state.reason);
    else if (this.#state.is === 'open') this.#source.resume();
  }

  get #empty(): boolean {
    return this.#next === this.#held.length;
  }

  #forgetHeld(): void {
    this.#held = [];
    this.#next = 0;
    this.#heldBytes = 0;
  }

  #tell(reason: string): void {
    this.#state = { is: 'told' };
    this.#events?.closed(reason);
  }
}
