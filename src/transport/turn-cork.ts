import type { Writable } from 'node:stream';

/**
 * Lets everything written in one turn of the event loop leave together: one system call, and on a socket one segment.
 *
 *     poll phase:  write A   write B   ...callbacks, promises...   |  check phase: all of it goes out
 *
 * The check phase is the first moment at which neither callbacks nor promises of this turn can still write.
 */
export class TurnCork {
  readonly #stream: Writable;
  #pending: NodeJS.Immediate | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Call before a write. */
  hold(): void {
    if (this.#pending !== undefined) return;
    this.#stream.cork();
    this.#pending = setImmediate(() => this.release());
  }

  /** Hands over what is held, now. */
  release(): void {
    if (this.#pending === undefined) return;
    clearImmediate(this.#pending);
    this.#pending = undefined;
    this.#stream.uncork();
  }
}
