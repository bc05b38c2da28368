import { FILE_BLOCK_BYTES } from '../../protocol/limits.js';

/** Cuts pieces of any size into blocks of one size, and gathers small ones until they are a block. */
export class BlockCutter {
  /** Made when first needed: a file that comes in whole blocks needs none. */
  #gathered: Buffer | undefined;
  #length = 0;

  /**
   * The blocks that are full with this piece. Each is a view of the piece or of memory that is used again, so it is to be
   * used up before the next one is asked for.
   */
  *cut(piece: Uint8Array): Generator<Uint8Array, void> {
    let at = 0;
    if (this.#length > 0) {
      at = this.#gather(piece);
      if (this.#length < FILE_BLOCK_BYTES) return;
      this.#length = 0;
      yield this.#gathered!;
    }
    for (; piece.length - at >= FILE_BLOCK_BYTES; at += FILE_BLOCK_BYTES) {
      yield piece.subarray(at, at + FILE_BLOCK_BYTES);
    }
    this.#gather(piece.subarray(at));
  }

  /** What has been gathered since the last full block: the last one of the file, empty if there is none. */
  rest(): Uint8Array {
    return this.#gathered?.subarray(0, this.#length) ?? new Uint8Array();
  }

  /** Out: how many bytes there was room for. */
  #gather(piece: Uint8Array): number {
    if (piece.length === 0) return 0;
    this.#gathered ??= Buffer.allocUnsafeSlow(FILE_BLOCK_BYTES);
    const taken = piece.subarray(0, FILE_BLOCK_BYTES - this.#length);
    this.#gathered.set(taken, this.#length);
    this.#length += taken.length;
    return taken.length;
  }
}
