/**
 * The time of this program, which can leap: what would take a minute and a half takes seconds. Once this is loaded, whatever this
 * thread asks for the time, or to be called later, has it from here; other threads and programs have the usual one.
 */
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';

const real = {
  now: performance.now.bind(performance),
  date: Date.now,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
};

let leapt = 0;
const pending = new Set<LeapingTimer>();

const now = () => real.now() + leapt;

/** As much of a timer of Node as anybody here uses. */
class LeapingTimer {
  readonly #act: () => void;
  readonly #ms: number;
  readonly #repeats: boolean;
  #due = 0;
  #keepsAlive = true;
  #native: NodeJS.Timeout | undefined;

  constructor(act: () => void, ms: number | undefined, repeats: boolean) {
    this.#act = act;
    this.#ms = Math.max(1, ms ?? 1);
    this.#repeats = repeats;
    this.refresh();
  }

  get due(): number {
    return this.#due;
  }

  refresh(): this {
    this.#due = now() + this.#ms;
    pending.add(this);
    this.arm();
    return this;
  }

  /** For what is left. */
  arm(): void {
    real.clearTimeout(this.#native);
    this.#native = real.setTimeout(() => this.#ring(), Math.max(0, this.#due - now()));
    if (!this.#keepsAlive) this.#native.unref();
  }

  unref(): this {
    this.#keepsAlive = false;
    this.#native?.unref();
    return this;
  }

  ref(): this {
    this.#keepsAlive = true;
    this.#native?.ref();
    return this;
  }

  hasRef(): boolean {
    return this.#keepsAlive;
  }

  close(): this {
    pending.delete(this);
    real.clearTimeout(this.#native);
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #ring(): void {
    pending.delete(this);
    if (this.#repeats) this.refresh();
    this.#act();
  }
}

const clear = (timer: unknown) => {
  if (timer instanceof LeapingTimer) timer.close();
  else real.clearTimeout(timer as NodeJS.Timeout | undefined);
};

const begin =
  (repeats: boolean) =>
  (act: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
    new LeapingTimer(() => act(...args), ms, repeats);

function sleep<T>(ms?: number, value?: T, { signal }: { readonly signal?: AbortSignal } = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      timer.close();
      // Node's own has a name and this cause.
      reject(Object.assign(new Error('The operation was aborted', { cause: signal?.reason }), { name: 'AbortError' }));
    };
    const timer = new LeapingTimer(
      () => {
        signal?.removeEventListener('abort', abort);
        resolve(value as T);
      },
      ms,
      false,
    );
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}

Object.assign(globalThis, {
  setTimeout: begin(false),
  setInterval: begin(true),
  clearTimeout: clear,
  clearInterval: clear,
});
Object.defineProperty(performance, 'now', { value: now });
Date.now = () => real.date() + Math.floor(leapt);
Object.assign(timersPromises, { setTimeout: sleep });
syncBuiltinESMExports();

/** Timers that will ring. */
export const pendingTimers = (): number => pending.size;

/** It is so much later, all at once; timers that are due by then ring in their order. */
export function leap(ms: number): void {
  leapt += ms;
  for (const timer of [...pending].sort((one, other) => one.due - other.due)) timer.arm();
}

/** Between two leaps there are turns of the event loop, for what needs nearly no time. */
const LEAP_MS = 200;
const TURN_MS = 5;

/** Lets time pass forty times as fast until it is so. Out: how much has passed, ms. Errors: that was too much. */
export async function hasten(isSo: () => boolean, atMost: number): Promise<number> {
  const began = now();
  while (!isSo()) {
    if (now() - began > atMost) throw new Error(`in ${atMost} ms it never came about: ${isSo}`);
    leap(LEAP_MS);
    await new Promise((resolve) => real.setTimeout(resolve, TURN_MS));
  }
  return now() - began;
}
