/**
 * The kernel keeps only so many events of the file system for this program, and drops the rest. Node does not tell. But then a
 * whole queue of events comes in one turn; whoever watches is told so, and takes it as a change.
 */

/** Half of what Linux keeps unless told otherwise (fs.inotify.max_queued_events). */
const FLOOD_EVENTS = 8192;

export class EventFlood {
  readonly #watching = new Set<() => void>();
  #thisTurn = 0;

  /** `flooded` is called when events may have been lost. Returns how to end that. */
  watch(flooded: () => void): () => void {
    this.#watching.add(flooded);
    return () => this.#watching.delete(flooded);
  }

  /** One event has come, whomever it was for. */
  event(): void {
    if (this.#thisTurn === 0) {
      setImmediate(() => {
        this.#thisTurn = 0;
      });
    }
    this.#thisTurn++;
    if (this.#thisTurn % FLOOD_EVENTS === 0) for (const flooded of [...this.#watching]) flooded();
  }
}

/** There is one queue per thread. */
export const eventFlood = new EventFlood();
