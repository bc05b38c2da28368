/** What the system refused, as an error for the peer. Source: 0.169.0, probed. */
import { constants } from 'node:os';
import { INTERNAL_ERROR, INVALID_REQUEST, NOT_FOUND, RpcError } from '../protocol/errors.js';
import { osErrorText } from '../protocol/os-error.js';

const { ENOENT, EINVAL, EACCES, EPERM } = constants.errno;
const CODES: ReadonlyMap<number, number> = new Map([
  [ENOENT, NOT_FOUND],
  [EINVAL, INVALID_REQUEST],
  [EACCES, INVALID_REQUEST],
  [EPERM, INVALID_REQUEST],
]);

/** `errno` is positive. */
export const osFailure = (errno: number, cause?: unknown): RpcError =>
  new RpcError(CODES.get(errno) ?? INTERNAL_ERROR, osErrorText(errno), { cause });

/** The same for what a function of Node has thrown; anything that does not come from the system stays what it is. */
export function fileFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof RpcError) return error;
  const { errno } = error as NodeJS.ErrnoException;
  return typeof errno === 'number' ? osFailure(Math.abs(errno), error) : error;
}
