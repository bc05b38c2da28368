/** Reads that wait for a process to have something to say. */

interface Waiting {
  readonly afterSeq: number;
  readonly wake: () => void;
}

export class LongPolls {
  readonly #waiting = new Set<Waiting>();

  /**
   * Resolves when output above `afterSeq` or any terminal event may be there, after `ms`, or when `signal` is aborted,
   * whichever comes first.
   */
  wait(afterSeq: number, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiting.delete(waiting);
        resolve();
      };
      const waiting: Waiting = { afterSeq, wake: done };
      // A timer takes 31 bits; nobody waits for longer than 24 days.
      const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1));
      this.#waiting.add(waiting);
      if (signal.aborted) done();
      else signal.addEventListener('abort', done);
    });
  }

  /** An event with this number has come. */
  wake(seq: number): void {
    for (const waiting of this.#waiting) if (seq > waiting.afterSeq) waiting.wake();
  }

  /** Whatever they wait for will not come. */
  wakeAll(): void {
    for (const waiting of this.#waiting) waiting.wake();
  }
}
