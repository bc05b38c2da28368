import { FILE_BLOCK_BYTES } from '../../protocol/limits.js';

/** A part of a file, bytes: from `start`, up to but not including `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface Block {
  readonly offset: number;
  readonly len: number;
}

/** What is known when it has to be decided whether one more block is asked for. */
export interface Reading extends ByteRange {
  /** Behind the last block asked for. */
  readonly next: number;
  /** Blocks asked for whose bytes have not been handed out. */
  readonly underWay: number;
  /** The most of these. */
  readonly depth: number;
  /** Of the file, when it was opened; undefined where nobody knows. */
  readonly size: number | undefined;
}

/**
 * The block to ask for now, if any:
 *
 *   start                                    size
 *   |  block  |  block  |  block  |  block   |   |          the last one reaches over the end and so finds it;
 *                                                ^          behind it, and without a size, one at a time
 *
 * A block that ends exactly with the file does not say so; the one behind it comes back empty. Source: 0.169.0.
 */
export function nextBlock({ next, end, underWay, depth, size }: Reading): Block | undefined {
  if (next >= end || underWay >= depth) return undefined;
  const isSureToHelp = size !== undefined && next <= size;
  if (underWay > 0 && !isSureToHelp) return undefined;
  return { offset: next, len: Math.min(FILE_BLOCK_BYTES, end - next) };
}
