/** Tells from the blocks that a reader has asked for which one it asks for next. */

export interface Block {
  /** A bigint beyond 2^53. */
  readonly offset: number | bigint;
  readonly length: number;
}

/** `astray`: its last block was not the one that was expected. Any block may be the first of a new row. */
export type ReadPattern =
  | { readonly is: 'fresh' }
  | { readonly is: 'in a row'; readonly next: PlainBlock }
  | { readonly is: 'astray'; readonly next: PlainBlock };

type PlainBlock = Block & { readonly offset: number };

export const FRESH: ReadPattern = { is: 'fresh' };

/** One more block is asked for. Where it is so far out that numbers are no longer exact, the reader begins anew. */
export function follow(pattern: ReadPattern, { offset, length }: Block): ReadPattern {
  if (typeof offset === 'bigint' || !Number.isSafeInteger(offset + 2 * length)) return FRESH;
  const expected = pattern.is === 'fresh' ? offset === 0 : isSame(pattern.next, { offset, length });
  return { is: expected ? 'in a row' : 'astray', next: { offset: offset + length, length } };
}

/** The block worth reading before it is asked for. */
export const nextBlock = (pattern: ReadPattern): Block | undefined =>
  pattern.is === 'in a row' ? pattern.next : undefined;

export const isSame = (one: Block, other: Block): boolean => one.offset === other.offset && one.length === other.length;
