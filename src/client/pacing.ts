import type { EventKind, EventLog } from './event-log.js';

/** A reader as seen from outside: how far it is, and what it waits for. */
export interface PacedReader {
  readonly after: number;
  readonly kinds: readonly EventKind[];
}

/** The tap through which events come. */
export interface Flow {
  hold(): void;
  release(): void;
}

/** Shares of the log that the slowest reader has still before it: when events are held, and when they flow again. */
const HOLD_AT = 1 / 2;
const RELEASE_AT = 1 / 4;

/**
 * - `flowing`, `held`: decided by the slowest reader.
 * - `off`: for good; the process has ended, or nobody minds what is left of its output.
 */
type State = 'flowing' | 'held' | 'off';

/**
 * Makes events wait for the slowest reader, so that none is left behind. A reader is only as slow as the events it
 * wants are many: one that waits for a silent stream holds up nothing.
 *
 * ```
 *   log of 256     |----------|--------------------|                        reader 192 behind: held
 *                  reader     └ release   └ hold    newest
 * ```
 */
export class Pacing {
  readonly #log: EventLog;
  readonly #flow: Flow;
  readonly #readers = new Set<PacedReader>();
  #state: State = 'flowing';

  constructor(log: EventLog, flow: Flow) {
    this.#log = log;
    this.#flow = flow;
  }

  add(reader: PacedReader): void {
    this.#readers.add(reader);
    this.update();
  }

  remove(reader: PacedReader): void {
    this.#readers.delete(reader);
    this.update();
  }

  /** To be called when the log or a reader has moved on. */
  update(): void {
    if (this.#state === 'off') return;
    let load = 0;
    for (const { after, kinds } of this.#readers) load = Math.max(load, this.#log.load(after, kinds));
    if (this.#state === 'flowing' && load >= HOLD_AT) {
      this.#state = 'held';
      this.#flow.hold();
    } else if (this.#state === 'held' && load <= RELEASE_AT) {
      this.#state = 'flowing';
      this.#flow.release();
    }
  }

  stop(): void {
    const wasHeld = this.#state === 'held';
    this.#state = 'off';
    if (wasHeld) this.#flow.release();
  }
}
