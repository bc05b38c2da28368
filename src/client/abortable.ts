import { aborted } from './errors.js';

/**
 * The promise, or a rejection with `ABORTED` as soon as the signal says so. The promise itself goes on; when it was
 * abandoned its rejection is nobody's. No listener is left behind.
 */
export async function abortable<T>(promise: Promise<T>, what: string, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  let stop: (() => void) | undefined;
  const abort = new Promise<never>((_, reject) => {
    stop = () => reject(aborted(what, signal));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([promise, abort]);
  } finally {
    signal.removeEventListener('abort', stop!);
  }
}
