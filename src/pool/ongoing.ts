/** Counts what has begun and is not over, for those who wait for the last of it. */
export class Ongoing {
  #count = 0;
  #waiting: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  /** The returned function says that it is over; further calls of it say nothing. */
  begin(): () => void {
    this.#count++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#count--;
      if (this.#count > 0) return;
      for (const resolve of this.#waiting) resolve();
      this.#waiting = [];
    };
  }

  /** Resolves when there is nothing, with true, or after `ms` with false. */
  async whenNone(ms: number): Promise<boolean> {
    if (this.#count === 0) return true;
    return await new Promise((resolve) => {
      const late = setTimeout(() => resolve(false), ms);
      this.#waiting.push(() => {
        clearTimeout(late);
        resolve(true);
      });
    });
  }
}
