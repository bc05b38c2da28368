/** What is said of helpers that could not do what they were asked. */
import { INTERNAL_ERROR, internalError, RpcError } from '../protocol/errors.js';
import { SANDBOX_HELPERS_AT_MOST } from '../protocol/limits.js';

/** The helper has ended before it answered: whatever only looked may be asked of another one. */
export class HelperLost extends RpcError {
  constructor(message: string) {
    super(INTERNAL_ERROR, message);
  }
}

/** Source: 0.169.0, in whose words the status is that of a program of Rust. */
export const helperEnded = (exitCode: number, said: string) =>
  new HelperLost(`fs sandbox helper failed with status exit status: ${exitCode}${said === '' ? '' : `: ${said}`}`);
export const helperImproper = (how: string) => new HelperLost(`fs sandbox helper failed: it gave ${how}`);
export const helperUnsupervised = () => new HelperLost('fs sandbox helper failed: its supervising worker has died');
export const helperKilled = () =>
  new HelperLost('fs sandbox helper failed: it was ended for another request that took too long');

export const helperTooSlow = (limitMs: number) =>
  internalError(`fs sandbox helper failed: it took longer than ${limitMs / 1000} s`);
export const tooManyHelpers = () =>
  internalError(
    `too many sandboxes for files are in use: limit is ${SANDBOX_HELPERS_AT_MOST}; close some files or try again`,
  );
export const sessionOver = () => internalError('this session has ended');
