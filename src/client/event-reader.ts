import { EVERY_KIND, type EventKind } from './event-log.js';
import type { FollowedProcess } from './followed-process.js';
import type { PacedReader } from './pacing.js';
import { bytesOf, lastSeqOf, type ProcessEvent } from './process-event.js';

/**
 * One reader of a process's events, from the first on, at its own pace. `next` is for one caller at a time.
 * A reader left behind takes up again with one read; what the executor no longer has either comes as a `lost` event.
 */
export class EventReader implements AsyncIterableIterator<ProcessEvent, undefined>, PacedReader {
  readonly #process: FollowedProcess;
  readonly kinds: readonly EventKind[];
  #after = 0;
  /** Bytes of output up to there, given out or lost; undefined once some were passed over uncounted. */
  #bytes: number | undefined = 0;
  /** From a read, still to be given out; at most what an executor keeps (1 MiB). */
  #reread: readonly ProcessEvent[] = [];
  #rereadNext = 0;
  #state: 'open' | 'done' = 'open';
  #stopWaiting: (() => void) | undefined;

  /** `kinds` are those it must not miss; it may see others. */
  constructor(process: FollowedProcess, kinds: readonly EventKind[] = EVERY_KIND) {
    this.#process = process;
    this.kinds = kinds;
    process.addReader(this);
  }

  /** The last number given out. */
  get after(): number {
    return this.#after;
  }

  /** Rejects when the process cannot be followed to its end, after everything that arrived has been given out. */
  async next(): Promise<IteratorResult<ProcessEvent, undefined>> {
    while (this.#state === 'open') {
      const reread = this.#reread[this.#rereadNext];
      if (reread !== undefined) {
        this.#rereadNext += 1;
        return this.#give(reread);
      }
      this.#reread = [];
      const next = this.#process.next(this.#after, this.kinds);
      switch (next.found) {
        case 'event':
          return this.#give(next.event);
        case 'gap':
          await this.#takeUpAgain();
          break;
        case 'nothing':
          if (this.#process.failure !== undefined) {
            this.#finish();
            throw this.#process.failure;
          }
          await this.#change();
          break;
      }
    }
    return { done: true, value: undefined };
  }

  /** Gives the place up; a `next` that waits ends. */
  async return(): Promise<IteratorResult<ProcessEvent, undefined>> {
    this.#finish();
    this.#reread = [];
    this.#stopWaiting?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #give(event: ProcessEvent): IteratorResult<ProcessEvent, undefined> {
    const bytes = event.type === 'lost' ? event.bytes : bytesOf(event);
    const isNext = event.seq === this.#after + 1;
    this.#bytes = this.#bytes === undefined || bytes === undefined || !isNext ? undefined : this.#bytes + bytes;
    this.#after = lastSeqOf(event);
    if (event.type === 'closed') this.#finish();
    else this.#process.readerMoved();
    return { done: false, value: event };
  }

  #finish(): void {
    this.#state = 'done';
    this.#process.removeReader(this);
  }

  /** The answer must not wait for the reader that asks for it. */
  async #takeUpAgain(): Promise<void> {
    this.#process.removeReader(this);
    this.#reread = await this.#process.reread(this.#after, this.#bytes);
    this.#rereadNext = 0;
    if (this.#state === 'open') this.#process.addReader(this);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const forget = this.#process.onChange(resolve);
      this.#stopWaiting = () => {
        forget();
        resolve();
      };
    });
  }
}
