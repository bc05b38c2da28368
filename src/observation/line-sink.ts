/** Lines on their way to a stream that may be slower than they come. What finds no room is lost, and counted. */
import type { Writable } from 'node:stream';
import { LOG_QUEUE_BYTES } from '../protocol/limits.js';

/** So long is waited at the end for a reader that does not read, ms. */
const FLUSH_MS = 1000;

export class LineSink {
  readonly #stream: Writable;
  #lost = 0;

  /** An error of the stream is its owner's. */
  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Lines that found no room. */
  get lost(): number {
    return this.#lost;
  }

  /** `line` has its end. */
  write(line: string): void {
    if (this.#stream.writableLength > LOG_QUEUE_BYTES) this.#lost++;
    else this.#stream.write(line);
  }

  /** Resolves when everything has left, or nobody seems to take it. */
  async flush(): Promise<void> {
    if (this.#stream.writableLength === 0 || this.#stream.destroyed) return;
    let patience: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      patience = setTimeout(resolve, FLUSH_MS);
      this.#stream.write('', () => resolve());
    });
    clearTimeout(patience);
  }
}
