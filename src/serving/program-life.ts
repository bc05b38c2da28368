/** The life of this program as signals and standard input steer it: does what `life.ts` says. */
import { isatty } from 'node:tty';
import { ENDING_SIGNALS } from './ending-signal.js';
import { type Life, type LifeEvent, step } from './life.js';

export interface Work {
  /** Lets what runs end by itself, for so many seconds at most, and begins nothing new. */
  readonly drain: (seconds: number) => Promise<void>;
  /** Reads files again that may have been replaced. */
  readonly reload: () => void;
  /** Kills what runs. */
  readonly close: () => Promise<void>;
}

export class ProgramLife {
  /** Aborted when it is time to end. */
  readonly ending: AbortSignal;
  readonly #drainSeconds: number;
  readonly #end = new AbortController();
  readonly #terminals = [0, 1, 2].filter((fd) => isatty(fd));
  #now: Life = 'serving';
  #work: Work | undefined;

  /** From now on signals are heeded. Until `serves` is called there is nothing to drain. `drainSeconds`: 0 for no time at all. */
  constructor(drainSeconds: number) {
    this.#drainSeconds = drainSeconds;
    this.ending = this.#end.signal;
    for (const signal of ENDING_SIGNALS) process.on(signal, this.#asked);
    process.on('SIGHUP', this.#hungUp);
  }

  serves(work: Work): void {
    this.#work = work;
  }

  /** Ends without draining: whoever started this program is gone. */
  end(): void {
    this.#on({ event: 'inputClosed' });
  }

  /** Kills what runs, if there is anything by now. */
  async abandon(): Promise<void> {
    await this.#work?.close();
  }

  /** Resolves when it is time to end. */
  async over(): Promise<void> {
    if (this.ending.aborted) return;
    await new Promise((resolve) => this.ending.addEventListener('abort', resolve, { once: true }));
  }

  readonly #asked = () => this.#on({ event: 'asked' });

  /** The system tells both by one signal: that a terminal is no more, and that somebody wants files to be read again. */
  readonly #hungUp = () => {
    const terminalIsGone = this.#terminals.length > 0 && !this.#terminals.some((fd) => isatty(fd));
    this.#on({ event: 'hungUp', terminalIsGone });
  };

  #on(event: LifeEvent): void {
    const [next, effect] = step(this.#now, event, this.#drainSeconds > 0);
    this.#now = next;
    switch (effect) {
      case 'drain':
        void (this.#work?.drain(this.#drainSeconds) ?? Promise.resolve()).then(() => this.#on({ event: 'drained' }));
        return;
      case 'reload':
        this.#work?.reload();
        return;
      case 'end':
        // Whoever is in a hurry need not wait for the end: a further signal has the system's own effect.
        for (const signal of ENDING_SIGNALS) process.off(signal, this.#asked);
        this.#end.abort();
        return;
      case undefined:
        return;
      default:
        effect satisfies never;
    }
  }
}
