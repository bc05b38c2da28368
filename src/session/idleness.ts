/** When a session has neither asked nor run anything for a time: the clock stands while it does, or has no connection. */
export class Idleness {
  readonly #ms: number;
  readonly #over: () => void;
  #requests = 0;
  #processes = 0;
  #isDetached = false;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  /** `over` is called once, after `ms` without anything; never, where that is infinite. */
  constructor(ms: number, over: () => void) {
    this.#ms = ms;
    this.#over = over;
    this.#look();
  }

  requestBegan(): void {
    this.#requests += 1;
    this.#look();
  }

  requestDone(): void {
    this.#requests -= 1;
    this.#look();
  }

  readonly processes = {
    began: () => {
      this.#processes += 1;
      this.#look();
    },
    ended: () => {
      this.#processes -= 1;
      this.#look();
    },
  };

  /** The connection is gone, and whatever it had asked: nobody waits for that, and of some of it nothing more is heard. */
  detached(): void {
    this.#isDetached = true;
    this.#requests = 0;
    this.#look();
  }

  attached(): void {
    this.#isDetached = false;
    this.#look();
  }

  stop(): void {
    this.#isOver = true;
    this.#look();
  }

  #look(): void {
    if (this.#ms === Number.POSITIVE_INFINITY) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rests = !this.#isOver && !this.#isDetached && this.#requests === 0 && this.#processes === 0;
    if (!rests) return;
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      this.#over();
    }, this.#ms);
  }
}
