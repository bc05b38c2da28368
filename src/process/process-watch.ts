/** Tells an observer of one process: that it runs, and how it ended. */
import type { SessionWatch } from '../observation/executor-event.js';
import type { LaunchPlan, ProcessKey } from '../pool/calls.js';
import type { TraceContext } from '../protocol/envelope.js';
import type { ProcessId } from '../protocol/ids.js';
import type { ProcessEnd } from '../protocol/process-end.js';

export class ProcessWatch {
  readonly #watch: SessionWatch;
  readonly #process: ProcessId;
  readonly #sandboxed: boolean;
  readonly #trace: TraceContext | null;
  readonly #askedAt = performance.now();

  constructor(watch: SessionWatch, process: ProcessId, { confinement }: LaunchPlan, trace: TraceContext | null) {
    this.#watch = watch;
    this.#process = process;
    this.#sandboxed = confinement?.is === 'sandboxed';
    this.#trace = trace;
  }

  started(key: ProcessKey, pid: number): void {
    this.#watch.observer.tell({
      event: 'processStarted',
      key,
      ...{ session: this.#watch.session, process: this.#process },
      pid: this.#sandboxed ? undefined : pid,
      sandboxed: this.#sandboxed,
      ms: performance.now() - this.#askedAt,
      trace: this.#trace,
    });
  }

  /** It has run for as long as a process may. */
  overdue(): void {
    const { observer, session } = this.#watch;
    observer.tell({ event: 'limitReached', limit: 'max-process-seconds', session });
  }

  ended(key: ProcessKey, exitCode: number, { cause, usage }: ProcessEnd): void {
    const { observer, session } = this.#watch;
    observer.tell({ event: 'processEnded', key, session, process: this.#process, exitCode, cause, usage });
  }
}
