import { setMaxListeners } from 'node:events';

/** What ends an exchange before its time: its time is over, or the connection that asked for it is gone. */
export class Ending implements Disposable {
  readonly #aborting = new AbortController();
  readonly #gone: AbortSignal;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #end = () => this.#aborting.abort();

  /** `timeoutMs`: from now on; null for no limit. */
  constructor(timeoutMs: number | null, gone: AbortSignal) {
    this.#gone = gone;
    // One listener for each redirect is what they are for.
    setMaxListeners(0, this.signal);
    if (gone.aborted) this.#end();
    gone.addEventListener('abort', this.#end);
    if (timeoutMs !== null) this.#timer = setTimeout(this.#end, Math.min(timeoutMs, LONGEST_TIMER_MS));
  }

  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  /** The exchange has come to its end by itself. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#gone.removeEventListener('abort', this.#end);
  }
}

/** Node fires a longer one at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
