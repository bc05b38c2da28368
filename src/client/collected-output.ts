import type { ProcessEvent } from './process-event.js';

/** All output of one process, gathered as it arrives, up to a number of bytes. */
export class CollectedOutput {
  readonly #limit: number;
  readonly #tooLarge: () => void;
  readonly #pieces: Extract<ProcessEvent, { type: 'output' }>[] = [];
  #bytes = 0;

  /** `tooLarge` is called when there is more than `limit` bytes; what is above is not kept. */
  constructor(limit: number, tooLarge: () => void) {
    this.#limit = limit;
    this.#tooLarge = tooLarge;
  }

  take(event: ProcessEvent): void {
    if (event.type !== 'output' || this.#bytes > this.#limit) return;
    this.#bytes += event.bytes.length;
    if (this.#bytes > this.#limit) this.#tooLarge();
    else this.#pieces.push(event);
  }

  /** Standard output; with a terminal, all output. */
  get stdout(): Buffer {
    return Buffer.concat(this.#pieces.filter(({ stream }) => stream !== 'stderr').map(({ bytes }) => bytes));
  }

  get stderr(): Buffer {
    return Buffer.concat(this.#pieces.filter(({ stream }) => stream === 'stderr').map(({ bytes }) => bytes));
  }

  /** Both, in the order in which the executor read them. */
  get all(): Buffer {
    return Buffer.concat(this.#pieces.map(({ bytes }) => bytes));
  }
}
