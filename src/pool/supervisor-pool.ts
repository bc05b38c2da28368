/**
 * The Piscina pool whose threads supervise processes. Each thread runs one task for its whole life, attached to one
 * MessagePort; all traffic uses the ports, since a pool task costs ten times a message.
 */
import { availableParallelism } from 'node:os';
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Observer } from '../observation/executor-event.js';
import type { ExecutorState } from '../observation/executor-state.js';
import { internalError, shuttingDown, startsNoMore } from '../protocol/errors.js';
import type { AttachTask, Enforcement, LaunchPlan, ProcessKey, SpawnerChoice } from './calls.js';
import { NetworkSandboxes } from './network-sandboxes.js';
import { Ongoing } from './ongoing.js';
import { Orphans } from './orphans.js';
import { createStartMarks } from './start-marks.js';
import { type HelperOwner, type ProcessOwner, type ReadyNote, WorkerLink } from './worker-link.js';
import { WritablePlaces } from './writable-places.js';

/** More threads than this bring nothing: the work of a supervisor is waiting. Source: our measurements. */
const MOST_WORKERS = 4;

/** One process as its owner steers it. */
export interface ProcessHandle {
  readonly key: ProcessKey;
  readonly link: WorkerLink;
}

export interface PoolOptions {
  readonly spawner?: SpawnerChoice | undefined;
  /** See AttachTask. */
  readonly secrets?: readonly string[] | undefined;
  /** See ExecutorOptions. */
  readonly adoptsOrphans?: boolean | undefined;
  /** Told of what its operator should know, as one line without end; the observer is told, too. */
  readonly warn?: ((message: string) => void) | undefined;
  /** Told of workers that serve and of those that die. */
  readonly observer?: Observer | undefined;
}

/** A worker that could not even begin is tried again after this long. */
const RETRY_MS = 1000;

/** For all pools of this program: its limits are one. */
const START_MARKS = createStartMarks();

export class SupervisorPool {
  /** Those that run, and ran. */
  readonly networkSandboxes = new NetworkSandboxes();
  /** The processes of peers, from their start until those who are told of their end have been told. */
  readonly processes = new Ongoing();
  readonly #pool: Piscina;
  readonly #options: PoolOptions;
  readonly #links = new Set<WorkerLink>();
  readonly #attached = new Set<Promise<void>>();
  readonly #retries = new Set<NodeJS.Timeout>();
  readonly #childChanged = () => {
    for (const link of this.#links) link.sweep();
    this.#orphans?.childChanged();
  };
  /** Told to every worker. */
  readonly #writable = new WritablePlaces();
  #orphans: Orphans | undefined;
  #nextKey = 1;
  #nextWorker = 1;
  #draining = false;
  #closing = false;
  /** Why the last worker died. */
  #fault = '';
  #warnedUnguarded = false;

  constructor(options: PoolOptions = {}) {
    this.#options = options;
    // Forks of one address space wait for each other, so the forking spawner gets one thread.
    const workers =
      options.spawner === 'child_process' ? 1 : Math.min(Math.max(availableParallelism(), 1), MOST_WORKERS);
    this.#pool = new Piscina({
      filename: new URL('../workers/supervise.js', import.meta.url).href,
      minThreads: workers,
      maxThreads: workers,
      // The default stops the loop of a thread without tasks, and with it pipes and ports.
      atomics: 'disabled',
      recordTiming: false,
      trackUnmanagedFds: false,
      concurrentTasksPerWorker: 64,
    });
    for (let n = 0; n < workers; n++) this.#attach();
    process.on('SIGCHLD', this.#childChanged);
  }

  /**
   * Starts a process on the worker with the fewest; calls that come before a worker is ready wait in its port.
   * Errors: -32603 when no worker runs, and while draining.
   */
  start(id: string, plan: LaunchPlan, watched: boolean, owner: ProcessOwner): ProcessHandle {
    if (this.#draining) throw startsNoMore();
    const link = this.#leastBusy();
    const key = this.#nextKey++;
    if (plan.confinement?.is === 'sandboxed') this.#remember(plan.confinement);
    link.start(key, id, plan, watched, owner, this.networkSandboxes.begin(plan.confinement));
    return { key, link };
  }

  /** Starts the program that does file operations in a sandbox. Errors: -32603 when no worker runs. */
  startHelper(enforcement: Enforcement, owner: HelperOwner): ProcessHandle {
    const link = this.#leastBusy();
    const key = this.#nextKey++;
    this.#remember(enforcement);
    link.startHelper(key, enforcement, owner);
    return { key, link };
  }

  /** Whether the output of these processes is wanted; resolves when all their workers act on it. */
  async watch(handles: readonly ProcessHandle[], watched: boolean): Promise<void> {
    const keys = new Map<WorkerLink, ProcessKey[]>();
    for (const { link, key } of handles) keys.set(link, [...(keys.get(link) ?? []), key]);
    await Promise.all([...keys].map(([link, its]) => link.watch(its, watched)));
  }

  get workers(): ExecutorState['workers'] {
    const ready = [...this.#links].filter(({ wasReady }) => wasReady).length;
    return { ready, starting: this.#links.size - ready };
  }

  /** No process of a peer begins any more. Programs that do file operations do. */
  drain(): void {
    this.#draining = true;
  }

  /** Kills every process and ends the threads. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const retry of this.#retries) clearTimeout(retry);
    for (const link of this.#links) link.end();
    await Promise.allSettled(this.#attached);
    process.off('SIGCHLD', this.#childChanged);
    this.#orphans?.close();
    await this.#pool.destroy();
  }

  #anyLink(): WorkerLink | undefined {
    const [link] = this.#links;
    return link;
  }

  #leastBusy(): WorkerLink {
    if (this.#closing) throw shuttingDown();
    if (this.#links.size === 0) throw internalError(`no supervising worker runs: ${this.#fault}`);
    return [...this.#links].reduce((least, other) => (other.live < least.live ? other : least));
  }

  /** All workers hear of it before one of them launches anything that can write there: their ports keep the order. */
  #remember({ policy }: Enforcement): void {
    const places = this.#writable.add(policy);
    if (places.length > 0) for (const link of this.#links) link.remember(places);
  }

  #attach(): WorkerLink {
    const { port1, port2 } = new MessageChannel();
    const worker = this.#nextWorker++;
    const link: WorkerLink = new WorkerLink(port1, (note) => {
      this.#options.observer?.tell({ event: 'workerReady', worker });
      this.#ready(link, note);
    });
    this.#links.add(link);
    const places = this.#writable.all;
    if (places.length > 0) link.remember(places);
    const { spawner = 'auto', secrets = [], adoptsOrphans = false } = this.#options;
    const task: AttachTask = { port: port2, spawner, secrets, adoptsOrphans, startMarks: START_MARKS };
    const attached = this.#pool.run(task, { transferList: [port2] }).then(
      () => this.#ended(link),
      (error: Error) => this.#died(link, worker, error),
    );
    this.#attached.add(attached);
    void attached.finally(() => this.#attached.delete(attached));
    return link;
  }

  #ended(link: WorkerLink): void {
    this.#links.delete(link);
    link.ended();
  }

  #died(link: WorkerLink, worker: number, error: Error): void {
    this.#links.delete(link);
    if (this.#closing) {
      link.died();
      return;
    }
    this.#fault = error.message;
    this.#options.observer?.tell({ event: 'workerLost', worker, error });
    const orphans = link.died();
    if (link.wasReady) {
      this.#options.warn?.(`a supervising worker died, its processes have failed: ${error.message}`);
      this.#attach().bury(orphans);
    } else {
      this.#options.warn?.(`a supervising worker could not begin: ${error.message}`);
      const retry = setTimeout(() => {
        this.#retries.delete(retry);
        this.#attach().bury(orphans);
      }, RETRY_MS);
      this.#retries.add(retry);
    }
  }

  #ready(link: WorkerLink, { spawner, unguarded, adopts }: ReadyNote): void {
    // The first process of a system has all its orphans, whether it wants them or not.
    if (adopts || process.pid === 1) this.#orphans ??= new Orphans((pids) => this.#anyLink()?.bury(pids));
    if (unguarded !== undefined && !this.#warnedUnguarded) {
      this.#warnedUnguarded = true;
      const message = `processes may outlive this executor if it is killed: ${unguarded}`;
      this.#options.warn?.(message);
      this.#options.observer?.tell({ event: 'warning', message });
    }
    // That it forks shows only now, where the machine lacks the native calls; then one worker is enough.
    if (spawner === 'child_process' && this.#links.size > 1 && link.live === 0) {
      this.#links.delete(link);
      link.end();
    }
  }
}
