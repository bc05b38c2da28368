/** What answers requests: one function per method that this server offers. */
import type { DecodedParams, Method } from '../protocol/methods.js';
import type { Session } from '../session/session.js';

export interface RequestContext {
  /** The session of the connection that asks. */
  readonly session: Session;
  /** Aborted when the connection ends: nobody waits for the answer any more. */
  readonly gone: AbortSignal;
}

/** A handler answers with the result as JSON text; what it throws is the error, `RpcError` or one of our own making. */
export type Handlers = {
  readonly [M in Exclude<Method, 'initialize'>]?: (
    params: DecodedParams[M],
    context: RequestContext,
  ) => string | Promise<string>;
};
