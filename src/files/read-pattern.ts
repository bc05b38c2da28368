/** Tells from the blocks that a reader has asked for whether it goes through the file one after the other. */

export interface Block {
  /** A bigint beyond 2^53. */
  readonly offset: number | bigint;
  readonly length: number;
}

export type PlainBlock = Block & { readonly offset: number };

/** `last` is the block it asked for last. `astray`: another one was expected; any block may be the first of a new row. */
export type ReadPattern =
  | { readonly is: 'fresh' }
  | { readonly is: 'in a row'; readonly last: PlainBlock }
  | { readonly is: 'astray'; readonly last: PlainBlock };

export const FRESH: ReadPattern = { is: 'fresh' };

/** One more block is asked for. So far out that numbers are not exact any more, the reader is taken for a fresh one. */
export function follow(pattern: ReadPattern, { offset, length }: Block): ReadPattern {
  if (typeof offset === 'bigint' || offset > FARTHEST_OFFSET) return FRESH;
  const last = { offset, length };
  const expected = pattern.is === 'fresh' ? offset === 0 : isSame(blockBehind(pattern.last), last);
  return { is: expected ? 'in a row' : 'astray', last };
}
/** Some blocks below 2^53. */
const FARTHEST_OFFSET = 2 ** 52;

/** The block behind which it is worth reading on. */
export const lastInRow = (pattern: ReadPattern): PlainBlock | undefined =>
  pattern.is === 'in a row' ? pattern.last : undefined;

export const blockBehind = ({ offset, length }: PlainBlock): PlainBlock => ({ offset: offset + length, length });

export const isSame = (one: Block, other: Block): boolean => one.offset === other.offset && one.length === other.length;
