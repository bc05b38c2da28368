/** The sessions of one server, by id. */
import { randomUUID } from 'node:crypto';
import { DEFAULT_LIMITS, type ExecutorLimits } from '../limits/executor-limits.js';
import { ProcessAccounts, StartGate } from '../limits/start-gate.js';
import type { Observer } from '../observation/executor-event.js';
import type { ProcessCounts, SessionCounts } from '../observation/executor-state.js';
import type { SupervisorPool } from '../pool/supervisor-pool.js';
import { ProcessTable } from '../process/process-table.js';
import { beginsNoSession, tooManySessions, unknownSession } from '../protocol/errors.js';
import { asSessionId, type SessionId } from '../protocol/ids.js';
import type { Connection } from '../transport/connection.js';
import { Session } from './session.js';

export interface SessionTableOptions {
  readonly pool: SupervisorPool;
  readonly limits?: ExecutorLimits | undefined;
  readonly observer?: Observer | undefined;
}

export class SessionTable {
  readonly #pool: SupervisorPool;
  readonly #limits: ExecutorLimits;
  readonly #accounts = new ProcessAccounts();
  readonly #observer: Observer | undefined;
  readonly #sessions = new Map<SessionId, Session>();
  #draining = false;

  constructor({ pool, limits = DEFAULT_LIMITS, observer }: SessionTableOptions) {
    this.#pool = pool;
    this.#limits = limits;
    this.#observer = observer;
  }

  /** `hearsEnds`: see Audience. Errors: -32603 while draining; -32600 where there are too many. */
  create(connection: Connection, hearsEnds = false): Session {
    if (this.#draining) throw beginsNoSession();
    const { sessions, processSeconds, idleSessionSeconds } = this.#limits;
    if (this.#sessions.size >= sessions) throw tooManySessions(sessions);
    const id = asSessionId(randomUUID());
    const watch = this.#observer && { observer: this.#observer, session: id };
    const session = new Session({
      ...{ id, connection, hearsEnds, watch },
      processes: (audience, activity) =>
        new ProcessTable({
          ...{ pool: this.#pool, audience, watch },
          gate: new StartGate(this.#limits, this.#accounts, performance.now(), activity),
          deadlineMs: processSeconds * 1000,
        }),
      ended: () => this.#sessions.delete(id),
      idleMs: idleSessionSeconds * 1000,
    });
    this.#sessions.set(id, session);
    return session;
  }

  /** Attaches the connection to a session. Errors: unknown id, also for one of another owner; -32010 as for `Session.resume`. */
  async resume(id: SessionId, connection: Connection, hearsEnds = false): Promise<Session> {
    const session = this.#sessions.get(id);
    if (!session || session.owner !== connection.owner) throw unknownSession(id);
    await session.resume(connection, hearsEnds);
    return session;
  }

  get counts(): { readonly sessions: SessionCounts; readonly processes: ProcessCounts } {
    const sessions: SessionCounts = { attached: 0, detached: 0 };
    const processes: ProcessCounts = { starting: 0, running: 0, ended: 0, ringBytes: 0 };
    for (const session of this.#sessions.values()) {
      sessions[session.attached ? 'attached' : 'detached']++;
      session.processes.countInto(processes);
    }
    return { sessions, processes };
  }

  /** No session begins any more; those that there are can be resumed. */
  drain(): void {
    this.#draining = true;
  }

  /** Ends every session. */
  close(): void {
    for (const session of this.#sessions.values()) session.end({ type: 'shutdown' });
    this.#sessions.clear();
  }
}
