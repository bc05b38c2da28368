import { availableParallelism } from 'node:os';
import { IN_A_ROW_MS, LINGER_MS } from '../protocol/limits.js';

/** The clock, ms, and what is done in a later turn of the event loop. */
export interface LingerSurroundings {
  readonly now: () => number;
  readonly inLaterTurn: (turn: () => void) => void;
  /** Where the peer has no processor beside ours, waiting would keep it from asking. */
  readonly processors: number;
}

const HERE: LingerSurroundings = {
  now: () => performance.now(),
  inLaterTurn: setImmediate,
  processors: availableParallelism(),
};

/**
 * Keeps the event loop awake for a moment after an answer to somebody who asks in a row: to sleep and be woken takes longer, here
 * and for the system on whose time the peer sends, than the next request takes to come.
 *
 *     request  answer |..polls..| request  answer |..polls.......................| sleeps
 *                      < LINGER_MS                 LINGER_MS, and nothing came
 *
 * Who asks now and then is not waited for, and nobody loses by it: the loop does whatever else is due.
 */
export class Linger {
  #answeredAt = Number.NEGATIVE_INFINITY;
  #until = 0;
  #polls = false;
  readonly #here: LingerSurroundings;

  constructor(here: LingerSurroundings = HERE) {
    this.#here = here;
  }

  /** A request has been answered at once. */
  answered(): void {
    if (this.#here.processors < 2) return;
    const now = this.#here.now();
    const inARow = now - this.#answeredAt <= IN_A_ROW_MS;
    this.#answeredAt = now;
    if (!inARow) return;
    this.#until = now + LINGER_MS;
    if (this.#polls) return;
    this.#polls = true;
    this.#here.inLaterTurn(this.#turn);
  }

  /** While an immediate waits, the loop looks for events and does not sleep. */
  readonly #turn = () => {
    this.#polls = this.#here.now() < this.#until;
    if (this.#polls) this.#here.inLaterTurn(this.#turn);
  };
}
