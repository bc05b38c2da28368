/** A file as blocks, from the first byte to the last. */
export interface BlockSource {
  /** Of the whole file, bytes, as far as it was known when the file was opened. */
  readonly size: number | undefined;
  /** The next block. Not to be called again before it has settled, nor after the last one, nor after it rejected. */
  next(): Promise<NextBlock>;
  /** Lets go of the file. Idempotent. */
  close(): Promise<void>;
}

export interface NextBlock {
  /** Never written to again. Empty only where there was nothing left for the last block. */
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}
