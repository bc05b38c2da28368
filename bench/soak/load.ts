import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { KINDS, type Kind, type Surroundings } from './kinds.js';

/** What has happened since it was last asked. */
export interface Tally {
  readonly kind: Kind;
  /** How long each took, ms. */
  readonly took: readonly number[];
}

/** All kinds at once, each at its own pace, until it is disposed of: then what has begun is brought to its end. */
export class Load implements AsyncDisposable {
  readonly failures: string[] = [];
  readonly #took = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]));
  readonly #over = new AbortController();
  readonly #ended: Promise<unknown>;

  constructor(around: Surroundings) {
    // One per kind.
    setMaxListeners(0, this.#over.signal);
    this.#ended = Promise.all(KINDS.map((kind) => this.#repeat(kind, around)));
  }

  /** Begins the next tally. */
  take(): readonly Tally[] {
    return [...this.#took].map(([kind, took]) => ({ kind, took: took.splice(0) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#ended;
  }

  /** Begun at their times, up to four at once where they take longer. */
  async #repeat(kind: Kind, around: Surroundings): Promise<void> {
    const running = new Set<Promise<void>>();
    const { signal } = this.#over;
    while (!signal.aborted) {
      const next = delay(kind.everyMs, undefined, { signal }).catch(() => {});
      const one = this.#once(kind, around).finally(() => running.delete(one));
      running.add(one);
      if (running.size >= AT_ONCE) await Promise.race(running);
      await next;
    }
    await Promise.all(running);
  }

  async #once(kind: Kind, around: Surroundings): Promise<void> {
    const began = performance.now();
    try {
      await kind.run(around);
      this.#took.get(kind)!.push(performance.now() - began);
    } catch (error) {
      this.failures.push(`${kind.name}: ${(error as Error).stack}`);
    }
  }
}

const AT_ONCE = 4;
