import { decodeResult } from '../protocol/decode.js';
import {
  decodeLargeMessage,
  decodeMessage,
  encodeError,
  encodeNotification,
  encodeRequest,
  type Incoming,
  MalformedMessage,
} from '../protocol/envelope.js';
import { METHOD_NOT_FOUND, PARSE_ERROR_ID, RpcError, TRANSPORT_CLOSED } from '../protocol/errors.js';
import { freeAtOnce } from '../protocol/free-at-once.js';
import type { RequestId } from '../protocol/ids.js';
import type { JsonValue } from '../protocol/json-value.js';
import {
  MESSAGES_PER_TURN,
  OTHER_NOTIFICATION_BYTES,
  PENDING_CALLS,
  STREAM_NOTIFICATION_BYTES,
} from '../protocol/limits.js';
import type { Method, MethodParams, MethodResults } from '../protocol/methods.js';
import { decodeNotification, isStreamNotification, type Notification } from '../protocol/notifications.js';
import { type CallKind, PendingCalls } from '../rpc/pending-calls.js';
import type { Connection, ConnectionEvents, InboundMessage } from '../transport/connection.js';
import { deferred } from './deferred.js';
import { aborted, badAnswer, disconnected, refusal, timedOut, tooManyCalls } from './errors.js';

/** What the owner of a link is told. */
export interface LinkEvents {
  /** A known notification. Unknown ones are not reported. */
  notified(link: Link, notification: Notification): void;
  /** The link has ended; once, and after every waiting call was failed. */
  lost(link: Link, reason: string): void;
}

export interface CallOptions {
  /** Stops waiting; the answer is then ignored. */
  readonly signal?: AbortSignal | undefined;
  /** Longest wait for the answer. */
  readonly timeoutMs?: number | undefined;
  readonly kind?: CallKind | undefined;
}

/** How a call came out, before its result is decoded. */
type Outcome = Answered | { readonly error: Error };

interface Answered {
  readonly result: JsonValue;
  /** The message that it came in, of which a long text in the result is still a part. */
  readonly message: Uint8Array;
}

/** Their results are large, and hold nothing of their messages once they are decoded. */
const LARGE_RESULTS: ReadonlySet<Method> = new Set<Method>(['fs/readBlock', 'fs/readFile']);

type State = { readonly is: 'open' } | { readonly is: 'ended'; readonly reason: string };

/**
 * JSON-RPC over one connection, as the client speaks it. A message that cannot be understood ends the link, since
 * whatever it said is lost; the session then recovers over a new one.
 */
export class Link implements ConnectionEvents {
  readonly #connection: Connection;
  readonly #events: LinkEvents;
  readonly #calls = new PendingCalls<(outcome: Outcome) => void>();
  readonly #ended = deferred<void>();
  #state: State = { is: 'open' };
  #messagesThisTurn = 0;
  #paused = false;

  constructor(connection: Connection, events: LinkEvents) {
    this.#connection = connection;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#state.is === 'open';
  }

  /**
   * Sends a request and waits for its answer.
   * Errors: `RefusedError`; `DISCONNECTED` or `BAD_ANSWER`; `TIMED_OUT`, `ABORTED`; `TOO_MANY_CALLS`.
   */
  async call<M extends Method>(
    method: M,
    params: MethodParams[M],
    options: CallOptions = {},
  ): Promise<MethodResults[M]> {
    const { result, message } = await this.#request(method, JSON.stringify(params ?? null), options);
    try {
      const decoded = decodeResult(method, result);
      if (LARGE_RESULTS.has(method)) freeAtOnce(message);
      return decoded;
    } catch (cause) {
      throw badAnswer(method, cause);
    }
  }

  notify(method: string, params: object): void {
    if (this.isOpen) this.#connection.send(encodeNotification(method, JSON.stringify(params)));
  }

  /** Takes no more messages, answers included. */
  pause(): void {
    this.#paused = true;
    this.#connection.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#messagesThisTurn < MESSAGES_PER_TURN) this.#connection.resume();
  }

  /** Ends the link at once. Resolves when nothing of it is left. */
  close(reason: string): Promise<void> {
    this.#end(reason);
    return this.#ended.promise;
  }

  message(message: InboundMessage): void {
    if (!this.isOpen) return;
    this.#giveOthersATurn();
    const fault = this.#receive(message);
    if (fault !== undefined) this.#end(fault);
  }

  closed(reason: string): void {
    this.#end(reason);
    this.#ended.resolve();
  }

  #request(method: string, paramsJson: string, { signal, timeoutMs, kind }: CallOptions): Promise<Answered> {
    if (this.#state.is === 'ended') return Promise.reject(disconnected(this.#state.reason));
    if (signal?.aborted) return Promise.reject(aborted(method, signal));
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome);
      };
      const id = this.#calls.add(settle, kind);
      if (id === undefined) {
        reject(tooManyCalls(PENDING_CALLS));
        // Whoever cannot clean up must not leave its things running unseen: a new connection starts with an empty table.
        if (kind === 'cleanUp') this.#end('too many clean-up requests wait for an answer');
        return;
      }
      const giveUp = (error: Error) => this.#calls.take(id)?.({ error });
      const abort = () => giveUp(aborted(method, signal as AbortSignal));
      const timer =
        timeoutMs === undefined ? undefined : setTimeout(() => giveUp(timedOut(method, timeoutMs)), timeoutMs);
      signal?.addEventListener('abort', abort);
      this.#connection.send(encodeRequest(id, method, paramsJson));
    });
  }

  /** Out: why the link must end, if it must. */
  #receive(message: InboundMessage): string | undefined {
    const { bytes } = message;
    let incoming: Incoming;
    try {
      const large = decodeLargeMessage(bytes);
      if (large === undefined && message.text === undefined) return 'the executor sent a message that is not UTF-8';
      incoming = large ?? decodeMessage(message.text!);
    } catch (error) {
      // What is wrong with it would quote it, and it may be the output of a command.
      if (error instanceof MalformedMessage) return 'the executor sent a message that is no JSON-RPC';
      throw error;
    }
    return this.#dispatch(incoming, bytes);
  }

  #dispatch(incoming: Incoming, message: Uint8Array): string | undefined {
    const size = message.byteLength;
    switch (incoming.kind) {
      case 'response':
        this.#calls.take(incoming.id)?.({ result: incoming.result, message });
        return undefined;
      case 'error': {
        const { code, message: text, data } = incoming.error;
        // A request of ours was not even read as one. Nobody can tell which, and its caller would wait for ever.
        if (incoming.id === PARSE_ERROR_ID || (code === TRANSPORT_CLOSED && text === CLOSED_TEXT)) return text;
        this.#calls.take(incoming.id)?.({ error: refusal(code, text, data) });
        return undefined;
      }
      case 'notification': {
        const limit = isStreamNotification(incoming.method) ? STREAM_NOTIFICATION_BYTES : OTHER_NOTIFICATION_BYTES;
        if (size > limit) return `the executor sent a notification of more than ${limit} bytes`;
        return this.#notify(incoming.method, incoming.params);
      }
      case 'request':
        if (size > OTHER_NOTIFICATION_BYTES) {
          return `the executor sent a request of more than ${OTHER_NOTIFICATION_BYTES} bytes`;
        }
        if (!isServerRequestId(incoming.id)) return 'exec-server sent an invalid request ID';
        this.#connection.send(encodeError(incoming.id, notImplemented(incoming.method)));
        return undefined;
    }
  }

  #notify(method: string, params: JsonValue | undefined): string | undefined {
    let notification: Notification | undefined;
    try {
      notification = decodeNotification(method, params);
    } catch (error) {
      // One that is not known is never decoded: the name is ours.
      if (error instanceof RpcError) return `the executor sent a ${method} of the wrong shape`;
      throw error;
    }
    if (notification !== undefined) this.#events.notified(this, notification);
    return undefined;
  }

  /**
   * Readers of process events run between turns. Without this a burst in one read of the socket would overflow the
   * bounded buffer of a reader that keeps up perfectly well.
   */
  #giveOthersATurn(): void {
    this.#messagesThisTurn += 1;
    if (this.#messagesThisTurn === 1) {
      setImmediate(() => {
        if (this.#messagesThisTurn >= MESSAGES_PER_TURN && !this.#paused) this.#connection.resume();
        this.#messagesThisTurn = 0;
      });
    }
    if (this.#messagesThisTurn === MESSAGES_PER_TURN) this.#connection.pause();
  }

  #end(reason: string): void {
    if (!this.isOpen) return;
    this.#state = { is: 'ended', reason };
    this.#connection.close(reason);
    for (const settle of this.#calls.takeAll()) settle({ error: disconnected(reason) });
    this.#events.lost(this, reason);
  }
}

/** With -32000: a way station between us and the executor says that the link is gone. */
const CLOSED_TEXT = 'JSON-RPC transport closed';

/** Ids of requests from the executor are integers from 0; others cannot be answered safely. Source: reference client. */
const isServerRequestId = (id: RequestId): boolean => typeof id !== 'string' && id >= 0;

const notImplemented = (method: string) =>
  new RpcError(METHOD_NOT_FOUND, `exec-server client does not implement \`${method}\` yet`);
