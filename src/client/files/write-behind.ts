import { BlockCutter } from './block-cutter.js';
import type { FileHandle } from './file-handle.js';
import type { FileSink } from './file-sink.js';

/** Blocks that wait for the executor's answer. Source: our measurements, of reading. */
const DEPTH = 4;

/** Writes an open file from its first byte on, in blocks, several under way at once. */
export class WriteBehind implements FileSink {
  readonly #handle: Pick<FileHandle, 'writeBlock' | 'close'>;
  readonly #cutter = new BlockCutter();
  /** Oldest first. */
  readonly #underWay: Promise<void>[] = [];
  #offset = 0;
  /** Why a block could not be written; then no more of them are. */
  #fault: Error | undefined;
  #abandoned: Promise<void> | undefined;

  constructor(handle: Pick<FileHandle, 'writeBlock' | 'close'>) {
    this.#handle = handle;
  }

  /** Errors: why an earlier block could not be written. */
  async write(bytes: Uint8Array): Promise<void> {
    for (const block of this.#cutter.cut(bytes)) await this.#send(block);
  }

  /** Errors: as `write`; and of closing the handle. */
  async close(): Promise<void> {
    const rest = this.#cutter.rest();
    if (rest.length > 0) await this.#send(rest);
    await Promise.all(this.#underWay);
    await this.#handle.close();
  }

  abandon(): Promise<void> {
    this.#abandoned ??= this.#abandon();
    return this.#abandoned;
  }

  async #abandon(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#handle.close().catch(() => {});
  }

  async #send(block: Uint8Array): Promise<void> {
    if (this.#underWay.length >= DEPTH) {
      await this.#underWay[0];
      this.#underWay.shift();
    }
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#abandoned !== undefined) return;
    const written = this.#handle.writeBlock(this.#offset, block);
    written.catch((error) => {
      this.#fault ??= error;
      void this.abandon();
    });
    this.#underWay.push(written);
    this.#offset += block.length;
  }
}
