import { fileFailure } from '#src/files/os-failure.js';
import { internalError, RpcError } from '#src/protocol/errors.js';

/** What was thrown, as it is told to the peer: errors lose their class on the way to the main thread. */
export function faultOf(error: unknown): { readonly code: number; readonly message: string } {
  const failure = fileFailure(error);
  const { code, message } = failure instanceof RpcError ? failure : internalError('internal error', failure);
  return { code, message };
}
