/** The processes of one session: one for each processId, from the request to start it until its retention is over. */
import type { StartGate } from '../limits/start-gate.js';
import type { SessionWatch } from '../observation/executor-event.js';
import type { ProcessCounts } from '../observation/executor-state.js';
import type { LaunchPlan } from '../pool/calls.js';
import type { SupervisorPool } from '../pool/supervisor-pool.js';
import type { TraceContext } from '../protocol/envelope.js';
import { processExists } from '../protocol/errors.js';
import type { ProcessId } from '../protocol/ids.js';
import type { EndCause } from '../protocol/process-end.js';
import type { Audience } from './audience.js';
import { ManagedProcess } from './managed-process.js';
import { ProcessWatch } from './process-watch.js';

export interface ProcessTableOptions {
  readonly pool: SupervisorPool;
  readonly audience: Audience;
  readonly gate: StartGate;
  /** How long each of its processes may run, ms; Infinity: for ever. */
  readonly deadlineMs: number;
  readonly watch?: SessionWatch | undefined;
}

export class ProcessTable {
  readonly #pool: SupervisorPool;
  readonly #options: ProcessTableOptions;
  readonly #processes = new Map<ProcessId, ManagedProcess>();

  constructor(options: ProcessTableOptions) {
    this.#pool = options.pool;
    this.#options = options;
  }

  /**
   * Starts a process under an id of the peer's choice; resolves when it runs. `trace` is that of the request.
   * Errors: the id is taken; a limit; the start was cancelled; what the system says (-32603). The id is free after an error.
   */
  async start(id: ProcessId, plan: LaunchPlan, trace: TraceContext | null = null): Promise<void> {
    if (this.#processes.has(id)) throw processExists(id);
    const gone = () => {
      if (this.#processes.get(id) === process) this.#processes.delete(id);
    };
    const { gate, ...shared } = this.#options;
    const watch = shared.watch && new ProcessWatch(shared.watch, id, plan, trace);
    const place = gate.enter(performance.now());
    let process: ManagedProcess;
    try {
      process = new ManagedProcess(id, plan, { ...shared, place, gone, watch });
    } catch (error) {
      place.left();
      throw error;
    }
    this.#processes.set(id, process);
    await process.running;
  }

  /**
   * Uses the process once it runs, so that requests sent right behind its start find it; without one `use` gets undefined.
   * That is at once unless it is starting: a terminate that comes behind a write must not overtake it, and an answer that
   * waits for nothing comes before that to the next request.
   */
  whenRunning<T>(id: ProcessId, use: (process: ManagedProcess | undefined) => Promise<T>): Promise<T> {
    const process = this.#processes.get(id);
    if (!process?.starting) return use(process);
    return process.running.catch(() => {}).then(() => use(this.#processes.get(id)));
  }

  /** SIGKILL to the group; cancels a start that is under way. `cause` is told of its end. Says whether the process was running. */
  terminate(id: ProcessId, cause: EndCause): boolean {
    return this.#processes.get(id)?.terminate(cause) ?? false;
  }

  /** Whether output is to be sent; resolves when all workers act on it. */
  async watch(watched: boolean): Promise<void> {
    const handles = [...this.#processes.values()].flatMap((process) => (process.hasClosed ? [] : [process.handle]));
    if (handles.length > 0) await this.#pool.watch(handles, watched);
  }

  /** Adds what there is. */
  countInto(counts: ProcessCounts): void {
    for (const process of this.#processes.values()) {
      counts[process.stage]++;
      counts.ringBytes += process.ringBytes;
    }
  }

  /** Kills everything and forgets it. */
  end(cause: EndCause): void {
    for (const process of this.#processes.values()) process.end(cause);
    this.#processes.clear();
  }
}
