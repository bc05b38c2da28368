import { STDIN_WRITE_BYTES } from '../protocol/limits.js';
import type { WriteStatus } from '../protocol/process.js';
import { stdinClosed, tooManyWrites } from './errors.js';

/** Sends one piece of input under its id; may be repeated with the same id without harm. */
export type SendInput = (writeId: string, bytes: Uint8Array) => Promise<WriteStatus>;

/** Writes of one process that wait for those before them. Above it: `TOO_MANY_WRITES`. */
export const WAITING_WRITES = 1024;

/** The input of one process: writes reach it whole and in the order of the calls, each piece under an id of its own. */
export class StdinWriter {
  readonly #send: SendInput;
  #lastWriteId = 0;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(send: SendInput) {
    this.#send = send;
  }

  /**
   * Resolves when the executor has accepted all of it; the process may read it later. The bytes are not copied and must
   * stay as they are until then. Errors: `STDIN_CLOSED`, `TOO_MANY_WRITES`, those of `send`.
   */
  write(input: Uint8Array | string): Promise<void> {
    if (this.#waiting >= WAITING_WRITES) return Promise.reject(tooManyWrites(WAITING_WRITES));
    const bytes = typeof input === 'string' ? Buffer.from(input) : input;
    this.#waiting += 1;
    const written = this.#last
      .then(() => this.#sendAll(bytes))
      .finally(() => {
        this.#waiting -= 1;
      });
    // A write that failed does not hold up the next one, which will learn the same by itself.
    this.#last = written.catch(() => {});
    return written;
  }

  async #sendAll(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length; start += STDIN_WRITE_BYTES) {
      this.#lastWriteId += 1;
      const status = await this.#send(String(this.#lastWriteId), bytes.subarray(start, start + STDIN_WRITE_BYTES));
      if (status !== 'accepted') throw stdinClosed(status);
    }
  }
}
