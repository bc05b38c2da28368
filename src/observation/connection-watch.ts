/** Tells an observer what happens on one connection. */
import type { TraceContext } from '../protocol/envelope.js';
import type { LimitName } from '../protocol/errors.js';
import { isMethod } from '../protocol/methods.js';
import type { ConnectionNumber, Observer } from './executor-event.js';
import { RequestWatch } from './request-watch.js';

export class ConnectionWatch {
  readonly #observer: Observer;
  readonly #connection: ConnectionNumber;
  readonly #openedAt = performance.now();
  #session: string | undefined;

  /** `peer` names the link, as in `Connection`. */
  constructor(observer: Observer, connection: ConnectionNumber, peer: string) {
    this.#observer = observer;
    this.#connection = connection;
    observer.tell({ event: 'connectionOpened', connection, peer });
  }

  /** A request of this method, whose message had so many bytes and came at `arrivedAt` of `performance.now()`. */
  request(method: string, bytes: number, arrivedAt: number, trace: TraceContext | null): RequestWatch {
    return new RequestWatch(this.#observer, {
      connection: this.#connection,
      session: () => this.#session,
      // Names that nobody knows are texts of the peer.
      method: isMethod(method) ? method : 'unknown',
      bytesIn: bytes,
      arrivedAt,
      trace,
    });
  }

  /** The connection has a session now. */
  initialized(session: string, isResumed: boolean): void {
    this.#session = session;
    const event = isResumed ? 'sessionResumed' : 'sessionStarted';
    this.#observer.tell({ event, session, connection: this.#connection });
  }

  limitReached(limit: LimitName): void {
    this.#observer.tell({ event: 'limitReached', limit, connection: this.#connection, session: this.#session });
  }

  /** The reason is ours. */
  closed(reason: string): void {
    const ms = performance.now() - this.#openedAt;
    this.#observer.tell({
      event: 'connectionClosed',
      connection: this.#connection,
      session: this.#session,
      reason,
      ms,
    });
  }
}
