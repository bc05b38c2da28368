import { REPLAY_BYTES, REPLAY_EVENTS } from '../protocol/limits.js';
import { bytesOf, lastSeqOf, type ProcessEvent, type StreamName } from './process-event.js';

/** What a reader may want: the bytes of a stream, or an event that is no output. */
export type EventKind = StreamName | Exclude<ProcessEvent['type'], 'output'>;

export const EVERY_KIND: readonly EventKind[] = ['stdout', 'stderr', 'pty', 'lost', 'exited', 'closed'];

/** What a reader that has everything up to some number finds next. */
export type Next =
  | { readonly found: 'event'; readonly event: ProcessEvent }
  /** Nothing yet. */
  | { readonly found: 'nothing' }
  /** Something it wants was here and is gone: the reader was too slow, or came too late. */
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
 * Of what was evicted the last number of each kind is remembered: a reader of one stream is not behind because another
 * stream was busy.
 */
export class EventLog {
  readonly #events: ProcessEvent[] = [];
  #bytes = 0;
  #last = 0;
  readonly #evictedThrough = new Map<EventKind, number>();

  /** Adds the event that follows the last one. The newest event is never evicted, however large. */
  append(event: ProcessEvent): void {
    this.#events.push(event);
    this.#bytes += bytesOf(event);
    this.#last = lastSeqOf(event);
    while (this.#events.length > 1 && (this.#events.length > REPLAY_EVENTS || this.#bytes > REPLAY_BYTES))
      this.#evict();
  }

  /** The first event after number `after` that is still here, for a reader of those kinds; it may be of another kind. */
  next(after: number, kinds: readonly EventKind[]): Next {
    if (after >= this.#last) return { found: 'nothing' };
    if (kinds.some((kind) => (this.#evictedThrough.get(kind) ?? 0) > after)) return { found: 'gap' };
    const event = this.#events[this.#indexAfter(after)];
    return event === undefined ? { found: 'nothing' } : { found: 'event', event };
  }

  /** How much of the log's room is taken by events of those kinds above number `after`: 0 to 1, or a little more. */
  load(after: number, kinds: readonly EventKind[]): number {
    let events = 0;
    let bytes = 0;
    for (let index = this.#indexAfter(after); index < this.#events.length; index += 1) {
      const event = this.#events[index];
      if (event === undefined || !kinds.includes(kindOf(event))) continue;
      events += 1;
      bytes += bytesOf(event);
    }
    return Math.max(events / REPLAY_EVENTS, bytes / REPLAY_BYTES);
  }

  /** What is kept above number `after`, in order. */
  keptAfter(after: number): readonly ProcessEvent[] {
    return this.#events.slice(this.#indexAfter(after));
  }

  #evict(): void {
    const oldest = this.#events.shift();
    if (oldest === undefined) return;
    this.#bytes -= bytesOf(oldest);
    this.#evictedThrough.set(kindOf(oldest), lastSeqOf(oldest));
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

const kindOf = (event: ProcessEvent): EventKind => (event.type === 'output' ? event.stream : event.type);
