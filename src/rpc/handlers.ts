/** What answers requests: one function per method that this server offers. */
import type { TraceContext } from '../protocol/envelope.js';
import type { DecodedParams, Method } from '../protocol/methods.js';
import type { ReadyResult } from '../protocol/ready-result.js';
import type { Session } from '../session/session.js';

/** The connection that asks, as handlers see it. */
export interface PeerLink {
  /** Aborted when the connection ends: nobody waits for an answer any more, and what belongs to the connection ends too. */
  readonly gone: AbortSignal;
  /** Sends a notification, order kept; dropped once the connection has ended. `sent` is called in either case. */
  notify(message: string | Uint8Array, sent?: () => void): void;
  /** Bytes sent and not yet taken by the kernel. */
  readonly queuedBytes: number;
}

export interface RequestContext {
  /** The session of the connection that asks. */
  readonly session: Session;
  /** That of the connection. */
  readonly gone: AbortSignal;
  /** That of the request. */
  readonly trace: TraceContext | null;
}

/** What a handler answers: the result as JSON text, or one of these. */
export type Reply = string | ReadyReply | ReplyAndMore;

/** The result stands in memory. `sent` is called once, when it has left or was dropped: the memory is free again. */
export interface ReadyReply extends ReadyResult {
  readonly sent?: () => void;
}

/** `afterwards` is called once the reply has been queued: what is sent then comes behind it. */
export interface ReplyAndMore {
  readonly json: string;
  readonly afterwards: () => void;
}

/** What a handler throws is the error, `RpcError` or one of our own making. */
export type Handlers = {
  readonly [M in Exclude<Method, 'initialize'>]?: (
    params: DecodedParams[M],
    context: RequestContext,
  ) => Reply | Promise<Reply>;
};

/** The handlers of one connection. */
export type HandlersFor = (link: PeerLink) => Handlers;
