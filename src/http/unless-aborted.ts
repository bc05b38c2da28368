/** The promise, or the reason of `signal` as soon as that aborts. The promise goes on then, and whatever becomes of it is nobody's. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const abort = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([abort, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
