import type { ReadableStreamDefaultController, UnderlyingSource } from 'node:stream/web';
import { aborted } from '../errors.js';
import type { BlockSource } from './block-source.js';

/**
 * A file on the executor as a web stream of blocks of 1 MiB, the last one shorter. Whoever gets a block owns it: it is
 * never written to again. At most as many blocks as the read-ahead are held for a slow reader.
 *
 * The file stays the one that was opened, whatever happens to its path. Reading to the end, `cancel`, leaving a `for
 * await` loop and leaving the scope of `await using` all close it.
 * Errors: `FileError`; `DISCONNECTED` when the connection is lost, as an open file ends with it; `ABORTED`; `BAD_ANSWER`.
 *
 * ```ts
 * await using file = await client.files.openRead('/etc/passwd');
 * for await (const block of file) console.log(`${block.length} of ${file.size} bytes`);
 * ```
 */
export class FileReadStream extends ReadableStream<Uint8Array> {
  readonly #reading: Reading;

  /** Made by `openRead`. */
  constructor(blocks: BlockSource, what: string, signal: AbortSignal | undefined) {
    const reading = new Reading(blocks, what, signal);
    // Nothing is read before somebody asks, and how much is read ahead is the blocks' own affair.
    super(reading, { highWaterMark: 0 });
    this.#reading = reading;
  }

  /**
   * Bytes of the whole file when it was opened. Undefined where the executor does not know it, or says 0: that is what
   * files that are made while they are read (`/proc`) say. The stream ends where the file ends, whatever this was.
   */
  get size(): number | undefined {
    return this.#reading.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reading.stop();
  }
}

/** What feeds the stream. */
class Reading implements UnderlyingSource<Uint8Array> {
  readonly size: number | undefined;
  readonly #blocks: BlockSource;
  readonly #what: string;
  readonly #signal: AbortSignal | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isOver = false;
  readonly #abort = () => void this.#fail(this.#signal as AbortSignal);

  constructor(blocks: BlockSource, what: string, signal: AbortSignal | undefined) {
    this.size = blocks.size;
    this.#blocks = blocks;
    this.#what = what;
    this.#signal = signal;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    if (this.#signal?.aborted) this.#abort();
    else this.#signal?.addEventListener('abort', this.#abort);
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const { bytes, isLast } = await this.#blocks.next();
      if (this.#isOver) return;
      if (bytes.length > 0) controller.enqueue(bytes);
      if (isLast) await this.#end(controller);
    } catch (error) {
      void this.cancel();
      throw error;
    }
  }

  async cancel(): Promise<void> {
    this.#leave();
    await this.#close();
  }

  /** A reader that still waits learns that its file was closed. */
  async stop(): Promise<void> {
    if (this.#isOver) await this.cancel();
    else await this.#fail(AbortSignal.abort());
  }

  async #fail(signal: AbortSignal): Promise<void> {
    this.#controller?.error(aborted(this.#what, signal));
    await this.cancel();
  }

  /** Waits for the close, lest the request that follows is sent right behind it: see `RemoteFiles.openRead` on what that costs. */
  async #end(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    await this.#close();
    if (this.#isOver) return;
    this.#leave();
    controller.close();
  }

  /** All that was wanted has been read: that the file could not be closed is of no interest to anybody. */
  async #close(): Promise<void> {
    await this.#blocks.close().catch(() => {});
  }

  #leave(): void {
    this.#isOver = true;
    this.#signal?.removeEventListener('abort', this.#abort);
  }
}
