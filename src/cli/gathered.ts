/** How long the next piece may take to be joined with those before it, ms. */
const PATIENCE_MS = 2;

/** The same bytes in larger pieces: what comes close together is joined, up to about `most` bytes. */
export async function* gathered(source: AsyncIterable<Buffer>, most: number): AsyncGenerator<Buffer> {
  const pieces = source[Symbol.asyncIterator]();
  let next = pieces.next();
  for (;;) {
    const first = await next;
    if (first.done) return;
    const joined = [first.value];
    let length = first.value.length;
    next = pieces.next();
    while (length < most) {
      const more = await soon(next);
      if (more === undefined || more.done) break;
      joined.push(more.value);
      length += more.value.length;
      next = pieces.next();
    }
    // Whoever awaits it next learns of a failure; until then it is nobody's.
    next.catch(() => {});
    yield Buffer.concat(joined);
  }
}

/** Undefined when it takes longer than that, or fails: the next time it is awaited it says so. */
async function soon<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise.catch(() => undefined), patience]);
  } finally {
    clearTimeout(timer);
  }
}
