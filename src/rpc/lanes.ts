/**
 * The order in which one connection's requests run. Control overtakes: a flood of file calls or a hundred long polls must not
 * keep anybody from ending a process. Within a lane order is that of arrival.
 *
 * Whatever acts on a process is in the control lane, so that a start, its writes and its end keep their order; `process/read`
 * may wait and is not.
 */
export type Lane = 'control' | 'ordinary';

export class Lanes<T> {
  readonly #control: T[] = [];
  readonly #ordinary: T[] = [];
  /** Ordinary requests that may run at once. */
  readonly #permits: number;
  #running = 0;

  constructor(permits: number) {
    this.#permits = permits;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#control.length + this.#ordinary.length;
  }

  /** Ordinary requests that run. */
  get running(): number {
    return this.#running;
  }

  /** Whether anything could run now. */
  get runnable(): boolean {
    return this.#control.length > 0 || (this.#ordinary.length > 0 && this.#running < this.#permits);
  }

  push(lane: Lane, item: T): void {
    (lane === 'control' ? this.#control : this.#ordinary).push(item);
  }

  /** What is to run now, if anything may. An ordinary request holds a permit until `finished`. */
  next(): { readonly lane: Lane; readonly item: T } | undefined {
    if (this.#control.length > 0) return { lane: 'control', item: this.#control.shift()! };
    if (!this.runnable) return undefined;
    this.#running++;
    return { lane: 'ordinary', item: this.#ordinary.shift()! };
  }

  finished(lane: Lane): void {
    if (lane === 'ordinary') this.#running--;
  }
}
