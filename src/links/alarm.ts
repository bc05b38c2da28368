/**
 * One timer for a deadline that moves often, mostly to later: it is set anew only when the deadline comes closer, and looks again
 * when it rings too early. Does not keep the process alive.
 */
export class Alarm {
  readonly #now: () => number;
  readonly #ring: () => void;
  #deadline = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #ringsAt = Number.POSITIVE_INFINITY;

  /** `now`: milliseconds of a clock that never goes back, the same that deadlines are of. */
  constructor(now: () => number, ring: () => void) {
    this.#now = now;
    this.#ring = ring;
  }

  /** Undefined or infinite: never. */
  set(deadline: number | undefined): void {
    this.#deadline = deadline ?? Number.POSITIVE_INFINITY;
    if (this.#deadline < this.#ringsAt) this.#arm();
  }

  stop(): void {
    this.#deadline = Number.POSITIVE_INFINITY;
    this.#disarm();
  }

  #arm(): void {
    this.#disarm();
    this.#ringsAt = this.#deadline;
    // Rounded up, for timers ring early by up to a millisecond.
    this.#timer = setTimeout(() => this.#look(), Math.max(0, Math.ceil(this.#deadline - this.#now()))).unref();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#ringsAt = Number.POSITIVE_INFINITY;
  }

  #look(): void {
    this.#ringsAt = Number.POSITIVE_INFINITY;
    if (this.#now() >= this.#deadline) {
      this.#deadline = Number.POSITIVE_INFINITY;
      this.#ring();
    } else if (Number.isFinite(this.#deadline)) this.#arm();
  }
}
