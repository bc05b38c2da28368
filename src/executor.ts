/** An executor without its transports: sessions, their processes, and what answers the requests of any connection. */
import type { SpawnerChoice } from './pool/calls.js';
import { SupervisorPool } from './pool/supervisor-pool.js';
import { processHandlers } from './process/handlers.js';
import { Peer, type PeerOptions } from './rpc/peer.js';
import { accountShell, environmentInfo } from './session/environment-info.js';
import { environmentHandlers, initializer } from './session/handlers.js';
import { SessionTable } from './session/session-table.js';
import type { Accept } from './transport/connection.js';

export interface ExecutorOptions {
  /** Ordinary requests of one connection that run at once; by default CONCURRENT_REQUESTS of limits.ts. */
  readonly concurrentRequests?: number | undefined;
  /** What processes may inherit, and what is said of this machine; by default that of this program. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** `child_process` does without native calls; by default they are used where the system has them. */
  readonly spawner?: SpawnerChoice | undefined;
  /** Told of what the operator should know, one line each: a worker died, a promise cannot be kept on this machine. */
  readonly warn?: ((message: string) => void) | undefined;
}

export class Executor implements AsyncDisposable {
  readonly #pool: SupervisorPool;
  readonly #sessions: SessionTable;
  readonly #peers: PeerOptions;

  constructor(options: ExecutorOptions = {}) {
    const { environment = process.env, concurrentRequests, spawner, warn } = options;
    this.#pool = new SupervisorPool({ spawner, warn });
    this.#sessions = new SessionTable(this.#pool);
    const info = JSON.stringify(environmentInfo(environment));
    this.#peers = {
      handlers: { ...environmentHandlers(info), ...processHandlers({ environment, accountShell: accountShell() }) },
      initialize: initializer(this.#sessions, info),
      concurrentRequests,
    };
  }

  /** Serves one more connection; to be given to a transport. */
  readonly accept: Accept = (connection) => new Peer(connection, this.#peers);

  /** Kills every process of every session and ends the workers. */
  async close(): Promise<void> {
    this.#sessions.close();
    await this.#pool.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
