/**
 * Gives the events of one process their places: 1, 2, 3, ... in the order they are told, `closed` last.
 *
 *   running ──exited──► exited ──last stream ended, or cut──► closed
 *      │                  ▲ ▲
 *      └─streams end──────┘ └─ streams already ended: exited and closed come out together
 *
 * Output may stand behind `exited` (descendants hold the streams), never behind `closed`.
 */
import type { StreamName } from '../pool/calls.js';
import type { RingExit } from '../rings/published-state.js';

/** An end, in its place. Output has no event here: `output` gives its number at once. */
export type OrderedEvent =
  | ({ readonly event: 'exited' } & RingExit)
  | { readonly event: 'closed'; readonly seq: number };

export class EventOrder {
  readonly #open: Set<StreamName>;
  readonly #told: OrderedEvent[] = [];
  #nextSeq = 1;
  #exited = false;
  #closed = false;

  /** `streams`: those of the process, all of them open. */
  constructor(streams: readonly StreamName[]) {
    this.#open = new Set(streams);
  }

  /** The ends told so far, in order. */
  get told(): readonly OrderedEvent[] {
    return this.#told;
  }

  /** The number of the next chunk of output. Throws after `closed`, behind which nothing may come. */
  output(): number {
    if (this.#closed) throw new Error('output after the end of all output of a process');
    return this.#take();
  }

  /** Whether some stream has neither ended nor been given up. */
  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  /** The process has ended; what it wrote before has its numbers. Out: what is to be told now, in order. */
  exited(exitCode: number, sandboxDenied: boolean): readonly OrderedEvent[] {
    if (this.#exited) throw new Error('a process ended twice');
    this.#exited = true;
    return this.#tell({ event: 'exited', seq: this.#take(), exitCode, sandboxDenied }, ...this.#closing());
  }

  /** A stream has come to its end, told once or more; all its output has its numbers. Out: what is to be told now. */
  streamEnded(stream: StreamName): readonly OrderedEvent[] {
    this.#open.delete(stream);
    return this.#tell(...this.#closing());
  }

  /** The streams are given up, whoever still holds them. Out: what is to be told now. */
  cut(): readonly OrderedEvent[] {
    this.#open.clear();
    return this.#tell(...this.#closing());
  }

  #closing(): OrderedEvent[] {
    if (this.#closed || !this.#exited || this.#open.size > 0) return [];
    this.#closed = true;
    return [{ event: 'closed', seq: this.#take() }];
  }

  #tell(...events: OrderedEvent[]): readonly OrderedEvent[] {
    this.#told.push(...events);
    return events;
  }

  #take(): number {
    this.#nextSeq += 1;
    return this.#nextSeq - 1;
  }
}
