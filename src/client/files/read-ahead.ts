import type { MethodResults } from '../../protocol/methods.js';
import { badAnswer } from '../errors.js';
import { type Block, type ByteRange, nextBlock } from './block-plan.js';
import type { BlockSource, NextBlock } from './block-source.js';
import type { FileHandle } from './file-handle.js';

/** A block that was asked for. */
interface Asked extends Block {
  readonly answer: Promise<MethodResults['fs/readBlock']>;
}

export interface ReadAheadOptions extends ByteRange {
  readonly size: number | undefined;
  /** Blocks asked for at once, or waiting here for their turn. */
  readonly depth: number;
}

/** Reads an open file in blocks, several at once; they come out in order. Nothing is asked for before the first `next`. */
export class ReadAhead implements BlockSource {
  readonly size: number | undefined;
  readonly #handle: Pick<FileHandle, 'readBlock' | 'close'>;
  readonly #options: ReadAheadOptions;
  readonly #asked: Asked[] = [];
  #next: number;

  constructor(handle: Pick<FileHandle, 'readBlock' | 'close'>, options: ReadAheadOptions) {
    this.size = options.size;
    this.#handle = handle;
    this.#options = options;
    this.#next = options.start;
  }

  /** Errors: those of `FileHandle.readBlock`; `BAD_ANSWER` for a block that is neither whole nor the last. */
  async next(): Promise<NextBlock> {
    this.#ask();
    const [asked] = this.#asked;
    if (asked === undefined) return { bytes: new Uint8Array(), isLast: true };
    const { chunk, eof } = await asked.answer;
    if (chunk.length > asked.len || (chunk.length < asked.len && !eof)) {
      const fault = new Error(`${chunk.length} bytes of ${asked.len}, eof: ${eof}`);
      throw badAnswer('fs/readBlock', fault);
    }
    this.#asked.shift();
    const isLast = eof || asked.offset + asked.len >= this.#options.end;
    if (!isLast) this.#ask();
    return { bytes: chunk, isLast };
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  #ask(): void {
    for (;;) {
      const block = nextBlock({ ...this.#options, next: this.#next, underWay: this.#asked.length });
      if (block === undefined) return;
      const answer = this.#handle.readBlock(block.offset, block.len);
      // Heard when its turn comes; which it does not when an earlier block was the last, or failed.
      answer.catch(() => {});
      this.#asked.push({ ...block, answer });
      this.#next = block.offset + block.len;
    }
  }
}
