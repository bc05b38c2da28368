/** Whether a session may start one more process, and the accounts by which that is decided. */
import { tooManyProcesses, tooManySessionProcesses, tooManyStarts, tooMuchRetained } from '../protocol/errors.js';
import { RETAINED_PROCESS_BYTES } from '../protocol/limits.js';
import type { ExecutorLimits } from './executor-limits.js';
import { TokenBucket } from './token-bucket.js';

/** What the processes of all sessions of one executor take together. */
export class ProcessAccounts {
  /** Those that have not closed. */
  live = 0;
  /** What is kept of those that have. */
  retainedBytes = 0;
}

/** What one process takes, from the request to start it until nothing of it is left. */
export interface ProcessPlace {
  /** It has closed, and stays readable: so much of its output is kept. */
  closed(outputBytes: number): void;
  /** Nothing of it is left, or it was never there; idempotent. */
  left(): void;
}

/** Told when the session has something running, and when that is over. */
export interface Activity {
  began(): void;
  ended(): void;
}

export class StartGate {
  readonly #limits: ExecutorLimits;
  readonly #accounts: ProcessAccounts;
  readonly #bucket: TokenBucket;
  readonly #activity: Activity | undefined;
  #live = 0;

  /** `now`: ms of a clock that never goes back, as for `enter`. */
  constructor(limits: ExecutorLimits, accounts: ProcessAccounts, now: number, activity?: Activity) {
    this.#limits = limits;
    this.#accounts = accounts;
    this.#bucket = new TokenBucket(limits.startsPerSecond, now);
    this.#activity = activity;
  }

  /** Errors: -32600, naming the limit. A start that is refused for another limit does not count for the rate. */
  enter(now: number): ProcessPlace {
    const { sessionProcesses, processes, retainedBytes, startsPerSecond } = this.#limits;
    if (this.#live >= sessionProcesses) throw tooManySessionProcesses(sessionProcesses);
    if (this.#accounts.live >= processes) throw tooManyProcesses(processes);
    if (this.#accounts.retainedBytes >= retainedBytes) throw tooMuchRetained(retainedBytes);
    if (!this.#bucket.take(now)) throw tooManyStarts(startsPerSecond);
    this.#count(1);
    return this.#place();
  }

  #place(): ProcessPlace {
    let state: 'live' | 'retained' | 'left' = 'live';
    let kept = 0;
    const die = () => {
      if (state === 'live') this.#count(-1);
    };
    return {
      closed: (outputBytes) => {
        if (state !== 'live') return;
        die();
        state = 'retained';
        kept = RETAINED_PROCESS_BYTES + outputBytes;
        this.#accounts.retainedBytes += kept;
      },
      left: () => {
        die();
        state = 'left';
        this.#accounts.retainedBytes -= kept;
        kept = 0;
      },
    };
  }

  #count(change: 1 | -1): void {
    this.#live += change;
    this.#accounts.live += change;
    if (change === 1) this.#activity?.began();
    else this.#activity?.ended();
  }
}
