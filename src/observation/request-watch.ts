/** Tells an observer of one request: what it was, how it was answered and how long that took. */
import { createHash } from 'node:crypto';
import type { TraceContext } from '../protocol/envelope.js';
import { INTERNAL_ERROR, type LimitName, RpcError } from '../protocol/errors.js';
import { asError } from '../protocol/fault-text.js';
import type { ConnectionNumber, Observer } from './executor-event.js';

export interface WatchedRequest {
  readonly connection: ConnectionNumber;
  /** The session as it is when the request has been answered. */
  readonly session: () => string | undefined;
  readonly method: string;
  readonly bytesIn: number;
  readonly arrivedAt: number;
  readonly trace: TraceContext | null;
}

export class RequestWatch {
  readonly #observer: Observer;
  readonly #request: WatchedRequest;
  #argvDigest: string | undefined;
  #policyDigest: string | undefined;

  constructor(observer: Observer, request: WatchedRequest) {
    this.#observer = observer;
    this.#request = request;
  }

  /** What it asks for, decoded. Nothing of it is kept but digests. */
  asks(params: object | null): void {
    if (!this.#observer.digests || !params) return;
    if ('argv' in params) this.#argvDigest = digest(params.argv);
    if ('sandbox' in params && params.sandbox) this.#policyDigest = digest(params.sandbox);
  }

  answered(message: string | Uint8Array): void {
    this.#tell('ok', message);
  }

  /** `error` is what the handler threw. */
  failed(error: unknown, message: string | Uint8Array): void {
    if (!(error instanceof RpcError)) {
      this.#observer.tell({ event: 'fault', error: asError(error), fatal: false });
    }
    const limit = error instanceof RpcError ? error.limit : undefined;
    if (limit !== undefined) {
      const { connection, session } = this.#request;
      this.#observer.tell({ event: 'limitReached', limit, connection, session: session() });
    }
    this.#tell(error instanceof RpcError ? error.code : INTERNAL_ERROR, message, limit);
  }

  #tell(outcome: 'ok' | number, message: string | Uint8Array, limit?: LimitName): void {
    const { connection, session, method, bytesIn, arrivedAt, trace } = this.#request;
    this.#observer.tell({
      event: 'requestAnswered',
      ...{ connection, session: session(), method, outcome, bytesIn, bytesOut: Buffer.byteLength(message) },
      ...(limit !== undefined && { limit }),
      ...{ ms: performance.now() - arrivedAt, trace },
      ...{ argvDigest: this.#argvDigest, policyDigest: this.#policyDigest },
    });
  }
}

/** The members of a decoded value stand in the order of its schema, so that equal ones have equal digests. */
const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
