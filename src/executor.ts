/** An executor without its transports: sessions, their processes, and what answers the requests of any connection. */
import { statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Availability } from './bubblewrap/availability.js';
import { warnings } from './bubblewrap/finding.js';
import { probe } from './bubblewrap/probe.js';
import { capabilityHandlers } from './capabilities/handlers.js';
import { configHandlers } from './config/handlers.js';
import { foresee } from './files/foresight.js';
import { fileHandlers } from './files/handlers.js';
import { httpHandlers } from './http/handlers.js';
import { Trust } from './http/trust.js';
import { DEFAULT_LIMITS, type ExecutorLimits } from './limits/executor-limits.js';
import { ConnectionWatch } from './observation/connection-watch.js';
import type { Observer } from './observation/executor-event.js';
import type { ExecutorState } from './observation/executor-state.js';
import { harmless } from './observation/harmless.js';
import type { SpawnerChoice } from './pool/calls.js';
import { FilePool } from './pool/file-pool.js';
import { PeerGuard } from './pool/peer-guard.js';
import { SupervisorPool } from './pool/supervisor-pool.js';
import { processHandlers } from './process/handlers.js';
import { type RpcError, tooManyConnections } from './protocol/errors.js';
import { asError, faultText } from './protocol/fault-text.js';
import { INITIALIZE_PATIENCE_MS, LAST_READS_MS, REPLY_BYTES } from './protocol/limits.js';
import { Peer, type PeerOptions } from './rpc/peer.js';
import { SandboxedFiles } from './sandboxed-files/sandboxed-files.js';
import { accountShell, environmentInfo } from './session/environment-info.js';
import { environmentHandlers, initializer } from './session/handlers.js';
import { SessionTable } from './session/session-table.js';
import type { Admit } from './transport/admission.js';
import type { Accept } from './transport/connection.js';
import { contained, type Fault, warnOfFault } from './transport/contained.js';

export interface ExecutorOptions {
  /** Ordinary requests of one connection that run at once; by default CONCURRENT_REQUESTS of limits.ts. */
  readonly concurrentRequests?: number | undefined;
  /** Largest answer that is sent, bytes; by default REPLY_BYTES of limits.ts, which is what known peers take. */
  readonly replyLimitBytes?: number | undefined;
  /** What bounds it; by default DEFAULT_LIMITS. */
  readonly limits?: Partial<ExecutorLimits> | undefined;
  /** How long a connection has to initialize, ms; by default INITIALIZE_PATIENCE_MS. Infinity: where there is one peer only. */
  readonly initializePatienceMs?: number | undefined;
  /** What processes may inherit, and what is said of this machine; by default that of this program. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** `child_process` does without native calls; by default they are used where the system has them. */
  readonly spawner?: SpawnerChoice | undefined;
  /** Absolute paths that nobody in a sandbox may look at, such as the file of the server's own token; links are followed each time. */
  readonly secrets?: readonly string[] | undefined;
  /**
   * This program takes in the orphans of its commands, as init does, and reaps them. For a program that is an executor and nothing
   * else: without it nobody knows how much processor time and memory a command in a sandbox has used.
   */
  readonly adoptsOrphans?: boolean | undefined;
  /** Told of what the operator should know, one line each: a worker died, a promise cannot be kept on this machine. */
  readonly warn?: ((message: string) => void) | undefined;
  /** Told of everything that happens here; of warnings, too. */
  readonly observer?: Observer | undefined;
}

export class Executor implements AsyncDisposable {
  readonly #pool: SupervisorPool;
  readonly #files = new FilePool();
  readonly #sandboxes: Availability;
  readonly #helpers: SandboxedFiles;
  readonly #sessions: SessionTable;
  readonly #peers: PeerOptions;
  readonly #guard: PeerGuard;
  readonly #observer: Observer | undefined;
  readonly #limits: ExecutorLimits;
  readonly #connected = new Set<Peer>();
  readonly #warn: ((message: string) => void) | undefined;
  #connections = 0;
  #draining = false;

  constructor(options: ExecutorOptions = {}) {
    const {
      environment = process.env,
      concurrentRequests,
      replyLimitBytes = REPLY_BYTES,
      spawner,
      secrets,
      adoptsOrphans,
      warn,
      initializePatienceMs = INITIALIZE_PATIENCE_MS,
    } = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    // What an observer throws is not told to it.
    const observer = options.observer && harmless(options.observer, (error) => this.#warnOf(error));
    this.#observer = observer;
    this.#warn = warn;
    this.#pool = new SupervisorPool({ spawner, secrets, adoptsOrphans, warn, observer });
    this.#guard = new PeerGuard({
      sandboxes: this.#pool.networkSandboxes,
      judge: (connections) => this.#files.run('judgePeers', { connections }),
    });
    this.#sessions = new SessionTable({ pool: this.#pool, limits: this.#limits, observer });
    const surroundings = { environment, platform: process.platform, architecture: process.arch };
    this.#sandboxes = new Availability({
      probe: (signal) => probe(surroundings, signal),
      found: (finding) => {
        for (const message of warnings(finding)) {
          warn?.(message);
          observer?.tell({ event: 'warning', message });
        }
      },
    });
    this.#helpers = new SandboxedFiles({
      pool: this.#pool,
      bubblewrap: () => this.#sandboxes.require(),
      bodyBytes: replyLimitBytes,
    });
    const sandboxes = { helpers: this.#helpers, tmpdir: environment.TMPDIR, hasSlashTmp, secrets: secrets ?? [] };
    const info = JSON.stringify(environmentInfo(environment));
    const shared = {
      ...environmentHandlers(info),
      ...processHandlers({
        environment,
        accountShell: accountShell(),
        hasSlashTmp,
        bubblewrap: () => this.#sandboxes.require(),
        confined: (sandbox, session) => foresee(sandbox, session, sandboxes),
      }),
    };
    const host = { pool: this.#files, sandboxes, environment, trust: new Trust(environment), replyLimitBytes };
    this.#peers = {
      handlers: (link) => ({
        ...shared,
        ...fileHandlers(host, link),
        ...httpHandlers(host, link),
        ...configHandlers(host),
        ...capabilityHandlers(host, link),
      }),
      initialize: initializer(this.#sessions, info, () => this.#sandboxes.ready()),
      concurrentRequests,
      replyLimitBytes,
      closed: (peer) => this.#connected.delete(peer),
      outboundLimitBytes: this.#limits.outboundBytes,
      initializePatienceMs,
      fault: this.#fault,
    };
  }

  /** Serves one more connection; to be given to a transport. */
  readonly accept: Accept = contained(
    (connection) => {
      this.#files.warm();
      this.#connections++;
      const watch = this.#observer && new ConnectionWatch(this.#observer, this.#connections, connection.peer);
      const peer = new Peer(connection, this.#peers, watch);
      this.#connected.add(peer);
      return peer;
    },
    (error) => this.#fault(error),
  );

  /** Why no further connection is served; undefined where one is. To be asked by a transport before `accept`. */
  readonly refuseConnection = (): RpcError | undefined => {
    const { connections } = this.#limits;
    if (this.#connected.size < connections) return undefined;
    this.#observer?.tell({ event: 'limitReached', limit: 'max-connections' });
    return tooManyConnections(connections);
  };

  /** How it is now, in numbers. */
  get state(): ExecutorState {
    const connections = [...this.#connected].map(({ load }) => load);
    return { connections, ...this.#sessions.counts, workers: this.#pool.workers };
  }

  /**
   * Keeps connections out that may come from a sandbox of this executor; to be given to a listener that asks for no token. There a
   * sandbox with network access could ask for what its own policy forbids.
   */
  readonly admit: Admit = (ends) => this.#guard.admit(ends);

  /** Whether `drain` was called: it should get no more work. */
  get isDraining(): boolean {
    return this.#draining;
  }

  /**
   * From now on no process and no session begins; sessions can still be resumed and used. Resolves when the last process has ended
   * and those who are connected have been told, or after so many seconds. `close` kills what runs then.
   */
  async drain(seconds: number): Promise<void> {
    const { processes } = this.#pool;
    this.#draining = true;
    this.#pool.drain();
    this.#sessions.drain();
    this.#observer?.tell({ event: 'draining', processes: processes.count, seconds });
    const deadline = performance.now() + seconds * 1000;
    if (processes.count === 0 || !(await processes.whenNone(seconds * 1000))) return;
    await setTimeout(Math.min(LAST_READS_MS, deadline - performance.now()));
  }

  /** Kills every process of every session and ends the workers. */
  async close(): Promise<void> {
    this.#sessions.close();
    this.#sandboxes.close();
    this.#helpers.close();
    await Promise.all([this.#pool.close(), this.#files.close()]);
  }

  /** What must not go wrong has, and has ended one connection: it is told to everybody who is there to be told. */
  readonly #fault: Fault = (error) => {
    this.#observer?.tell({ event: 'fault', error: asError(error), fatal: false });
    if (this.#warn || !this.#observer) this.#warnOf(error);
  };

  #warnOf(error: unknown): void {
    if (this.#warn) this.#warn(`unexpected error: ${faultText(error)}`);
    else warnOfFault(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const hasSlashTmp = () => statSync('/tmp', { throwIfNoEntry: false })?.isDirectory() ?? false;
