import { fileFailure } from '#src/files/os-failure.js';
import { RpcError } from '#src/protocol/errors.js';

/** What a peer is told when this fails, as `CODE TEXT`; undefined when it does not. */
export function refusal(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    const failure = fileFailure(error);
    if (failure instanceof RpcError) return `${failure.code} ${failure.message}`;
    throw error;
  }
  return undefined;
}
