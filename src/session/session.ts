/** One session: the processes of one peer, across the connections it comes and goes with. */
import type { Activity } from '../limits/start-gate.js';
import type { SessionWatch } from '../observation/executor-event.js';
import type { ProcessTable } from '../process/process-table.js';
import { sessionAttached, unknownSession } from '../protocol/errors.js';
import type { SessionId } from '../protocol/ids.js';
import { DETACHED_SESSION_RETENTION_MS, TAKEOVER_PING_MS } from '../protocol/limits.js';
import type { EndCause } from '../protocol/process-end.js';
import type { Connection } from '../transport/connection.js';
import { type Attachment, type AttachmentEffect, type AttachmentEvent, step } from './attachment.js';
import { Idleness } from './idleness.js';

/** Those who wait for the answer to their resume. */
interface Applicant {
  readonly hearsEnds: boolean;
  readonly accepted: () => void;
  readonly refused: (error: Error) => void;
}

export interface SessionOptions {
  readonly id: SessionId;
  /** A session begins attached. */
  readonly connection: Connection;
  /** What the connection asked for; see Audience. */
  readonly hearsEnds?: boolean;
  /** The processes, which send through the session, and say when any runs. */
  readonly processes: (session: Session, activity: Activity) => ProcessTable;
  /** Called when the session has ended by itself: nobody resumed it in time, or it was idle for too long. */
  readonly ended: () => void;
  /** How long it may be idle while it has a connection, ms; Infinity: for ever. */
  readonly idleMs?: number;
  readonly watch?: SessionWatch | undefined;
}

export class Session {
  readonly id: SessionId;
  /** Whose it is: that of the connection it began with. For everybody else there is no such session. */
  readonly owner: string | undefined;
  readonly processes: ProcessTable;
  readonly #ended: () => void;
  readonly #applicants = new Map<Connection, Applicant>();
  readonly #over = new AbortController();
  readonly #watch: SessionWatch | undefined;
  readonly #idleness: Idleness;
  readonly #begunAt = performance.now();
  #attachment: Attachment<Connection>;
  #hearsEnds: boolean;
  #expiry: NodeJS.Timeout | undefined;

  constructor(options: SessionOptions) {
    const { id, connection, hearsEnds = false, processes, ended, idleMs = Number.POSITIVE_INFINITY, watch } = options;
    this.id = id;
    this.#watch = watch;
    this.owner = connection.owner;
    this.#attachment = { state: 'attached', to: connection };
    this.#hearsEnds = hearsEnds;
    this.#ended = ended;
    this.#idleness = new Idleness(idleMs, () => this.#wasIdle());
    this.processes = processes(this, this.#idleness.processes);
  }

  /** Aborted when the session ends: what belongs to it ends too. */
  get ended(): AbortSignal {
    return this.#over.signal;
  }

  /** Whether requests of this connection may still act on the session. */
  belongsTo(connection: Connection): boolean {
    return 'to' in this.#attachment && this.#attachment.to === connection;
  }

  get attached(): boolean {
    return 'to' in this.#attachment;
  }

  /** What the connection asked for that it belongs to, or belonged to last; see Audience. */
  get hearsEnds(): boolean {
    return this.#hearsEnds;
  }

  /** Sends a notification to whoever is attached; without anybody it is dropped. `sent` is called in either case. */
  send(message: string | Uint8Array, sent?: () => void): void {
    if ('to' in this.#attachment) this.#attachment.to.send(message, sent);
    else sent?.();
  }

  /** A request of this connection acts on the session; each that has begun is done, unless the connection ends before. */
  requestBegan(connection: Connection): void {
    if (this.belongsTo(connection)) this.#idleness.requestBegan();
  }

  requestDone(connection: Connection): void {
    if (this.belongsTo(connection)) this.#idleness.requestDone();
  }

  /**
   * Attaches the connection, which is of its owner. When it resolves every worker sends to it again: what is read from then on
   * and what is pushed have no gap between them. A connection that the session still has is closed at once where the owner is
   * known, since then both are of the same peer; else it is asked for a sign of life and, without one, closed.
   * Errors: -32010 while the old connection of nobody known lives; that there is no such session, when it ends meanwhile. What else
   * goes wrong leaves the session without a connection.
   */
  async resume(connection: Connection, hearsEnds = false): Promise<void> {
    await new Promise<void>((accepted, refused) => {
      this.#applicants.set(connection, { hearsEnds, accepted, refused });
      this.#on({ event: 'resume', by: connection, atOnce: this.owner !== undefined });
    });
    try {
      await this.processes.watch(true);
    } catch (error) {
      this.lost(connection);
      throw error;
    }
  }

  /** The connection has ended. */
  lost(connection: Connection): void {
    this.#on({ event: 'lost', connection });
    this.#applicants.get(connection)?.refused(sessionAttached(this.id));
    this.#applicants.delete(connection);
  }

  /** Ends the session now, with everything in it. */
  end(cause: EndCause): void {
    clearTimeout(this.#expiry);
    this.#attachment = { state: 'gone' };
    this.#endAll(cause);
  }

  #endAll(cause: EndCause): void {
    for (const { refused } of this.#applicants.values()) refused(unknownSession(this.id));
    this.#applicants.clear();
    this.#idleness.stop();
    this.processes.end(cause);
    this.#over.abort();
    const ms = performance.now() - this.#begunAt;
    this.#watch?.observer.tell({ event: 'sessionEnded', session: this.id, cause, ms });
  }

  #wasIdle(): void {
    this.#watch?.observer.tell({ event: 'limitReached', limit: 'idle-session-seconds', session: this.id });
    const connection = 'to' in this.#attachment ? this.#attachment.to : undefined;
    this.end({ type: 'terminated', by: 'sessionEnd' });
    this.#ended();
    connection?.close('its session was idle for too long');
  }

  #on(event: AttachmentEvent<Connection>): void {
    const [next, effects] = step(this.#attachment, event);
    this.#attachment = next;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: AttachmentEffect<Connection>): void {
    switch (effect.do) {
      case 'accept': {
        const applicant = this.#applicants.get(effect.connection);
        this.#hearsEnds = applicant?.hearsEnds ?? false;
        this.#idleness.attached();
        applicant?.accepted();
        this.#applicants.delete(effect.connection);
        return;
      }
      case 'refuse':
        this.#applicants.get(effect.connection)?.refused(sessionAttached(this.id));
        this.#applicants.delete(effect.connection);
        return;
      case 'probe': {
        const { connection } = effect;
        void connection.probe(TAKEOVER_PING_MS).then((alive) => this.#on({ event: 'probed', connection, alive }));
        return;
      }
      case 'close':
        effect.connection.close('its session was resumed by another connection');
        return;
      case 'detach':
        this.#idleness.detached();
        // Where that fails the worker is gone, and all that it could tell.
        this.processes.watch(false).catch(() => {});
        return;
      case 'keepAwhile':
        this.#watch?.observer.tell({ event: 'sessionDetached', session: this.id });
        this.#expiry = setTimeout(() => this.#on({ event: 'expired' }), DETACHED_SESSION_RETENTION_MS);
        return;
      case 'keep':
        clearTimeout(this.#expiry);
        return;
      case 'end':
        this.#endAll({ type: 'terminated', by: 'sessionEnd' });
        this.#ended();
        return;
      default:
        effect satisfies never;
    }
  }
}
