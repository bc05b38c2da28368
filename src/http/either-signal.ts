/**
 * Does something with a signal that aborts when one of two does, for the same reason.
 * Why not AbortSignal.any: in Node 20 a time limit that nobody else holds is lost to the garbage collector, and never aborts.
 */
export async function withEither<T>(
  one: AbortSignal,
  other: AbortSignal,
  use: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = new AbortController();
  const abortOne = () => either.abort(one.reason);
  const abortOther = () => either.abort(other.reason);
  one.addEventListener('abort', abortOne, { once: true });
  other.addEventListener('abort', abortOther, { once: true });
  try {
    if (one.aborted) abortOne();
    if (other.aborted) abortOther();
    return await use(either.signal);
  } finally {
    one.removeEventListener('abort', abortOne);
    other.removeEventListener('abort', abortOther);
  }
}
