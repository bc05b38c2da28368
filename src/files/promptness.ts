/**
 * Whether quick calls are quick on this connection's files. The system's cache answers in microseconds; a slow disk or a
 * file system over the network does not, and then every other connection would wait with this one.
 */
import { performance } from 'node:perf_hooks';

/** A call that took longer was not answered from memory. Source: our measurements. */
const SLOW_MS = 2;
/** So many slow ones in a row are no accident. */
const SLOW_CALLS = 2;
/** Then so many calls go elsewhere before it is tried again. */
const CALLS_ELSEWHERE = 1000;

export class Promptness {
  #slow = 0;
  #elsewhere = 0;

  /** Whether the next call is to be made here. */
  allows(): boolean {
    if (this.#slow < SLOW_CALLS) return true;
    this.#elsewhere++;
    if (this.#elsewhere >= CALLS_ELSEWHERE) {
      this.#elsewhere = 0;
      this.#slow = 0;
    }
    return false;
  }

  /** Makes the call and remembers how long it took. */
  time<T>(call: () => T): T {
    const began = performance.now();
    try {
      return call();
    } finally {
      this.took(performance.now() - began);
    }
  }

  took(ms: number): void {
    this.#slow = ms > SLOW_MS ? this.#slow + 1 : 0;
  }
}
