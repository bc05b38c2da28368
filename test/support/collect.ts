/** Everything an async iterable gives, in order. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A byte stream read to its end, as text. */
export const readText = async (stream: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.concat(await collect(stream)).toString();
