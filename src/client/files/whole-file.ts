import { FILE_BLOCK_BYTES, WHOLE_FILE_WRITE_BYTES } from '../../protocol/limits.js';
import { fileTooLarge } from '../errors.js';
import type { ByteRange } from './block-plan.js';
import type { BlockSource, NextBlock } from './block-source.js';
import type { FileSink } from './file-sink.js';

/** A file that was read in one piece, where the executor cannot open it. */
export class WholeFile implements BlockSource {
  readonly size: number;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(file: Uint8Array, { start, end }: ByteRange) {
    this.size = file.length;
    this.#bytes = file.subarray(start, end);
  }

  next(): Promise<NextBlock> {
    const bytes = this.#bytes.subarray(this.#at, this.#at + FILE_BLOCK_BYTES);
    this.#at += bytes.length;
    return Promise.resolve({ bytes, isLast: this.#at >= this.#bytes.length });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A file that is collected and written in one piece, where the executor cannot open it for writing. */
export class CollectedFile implements FileSink {
  readonly #path: string;
  readonly #write: (file: Uint8Array) => Promise<void>;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(path: string, write: (file: Uint8Array) => Promise<void>) {
    this.#path = path;
    this.#write = write;
  }

  /** Errors: `FILE_TOO_LARGE`. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#bytes += bytes.length;
    if (this.#bytes > WHOLE_FILE_WRITE_BYTES) throw fileTooLarge(this.#path, WHOLE_FILE_WRITE_BYTES);
    this.#pieces.push(Buffer.from(bytes));
  }

  async close(): Promise<void> {
    await this.#write(Buffer.concat(this.#pieces));
  }

  abandon(): Promise<void> {
    this.#pieces = [];
    return Promise.resolve();
  }
}
