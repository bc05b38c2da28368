import { REPLAY_BYTES, REPLAY_EVENTS } from '../protocol/limits.js';
import { bytesOf, lastSeqOf, type ProcessEvent } from './process-event.js';

/** What a reader that has everything up to some number finds next. */
export type Next =
  | { readonly found: 'event'; readonly event: ProcessEvent }
  /** Nothing yet. */
  | { readonly found: 'nothing' }
  /** The next number was here and is gone: the reader was too slow, or came too late. */
  | { readonly found: 'gap' };

/**
 * The last delivered events of one process, at most 256 with 1 MiB of output; when full the oldest go.
 * Any number of readers, each with its own place; a slow one costs nothing and holds nobody up.
 *
 * ```
 *            evicted │ 41  42  43  44  45 │ next append
 *   reader at 38 ──► gap      ▲           ▲
 *   reader at 42 ─────────────┘           │
 *   reader at 45 ── nothing yet ──────────┘
 * ```
 */
export class EventLog {
  readonly #events: ProcessEvent[] = [];
  #bytes = 0;
  #last = 0;

  /** Adds the event that follows the last one. The newest event is never evicted, however large. */
  append(event: ProcessEvent): void {
    this.#events.push(event);
    this.#bytes += bytesOf(event);
    this.#last = lastSeqOf(event);
    while (this.#events.length > 1 && (this.#events.length > REPLAY_EVENTS || this.#bytes > REPLAY_BYTES)) {
      const oldest = this.#events.shift();
      if (oldest !== undefined) this.#bytes -= bytesOf(oldest);
    }
  }

  /** The event after number `after`. */
  next(after: number): Next {
    if (after >= this.#last) return { found: 'nothing' };
    const event = this.#events[this.#indexAfter(after)];
    if (event === undefined || event.seq > after + 1) return { found: 'gap' };
    return { found: 'event', event };
  }

  /** What is kept above number `after`, in order. */
  keptAfter(after: number): readonly ProcessEvent[] {
    return this.#events.slice(this.#indexAfter(after));
  }

  /** Index of the first event that reaches beyond `after`. */
  #indexAfter(after: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const event = this.#events[middle];
      if (event !== undefined && lastSeqOf(event) > after) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
