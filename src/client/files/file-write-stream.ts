import type { UnderlyingSink, WritableStreamDefaultController } from 'node:stream/web';
import { abortable } from '../abortable.js';
import { aborted } from '../errors.js';
import { toBytes } from './bytes.js';
import type { FileSink } from './file-sink.js';

/**
 * A file on the executor as a web stream to write to. It was made, or emptied, when it was opened; pieces of any size,
 * text as UTF-8, go out in blocks of 1 MiB, so small ones wait here until they fill one or the stream is closed. Bytes
 * may be used again as soon as their `write` has resolved.
 *
 * `close` resolves when the executor has written everything. Leaving the file otherwise (`abort`, the scope of `await
 * using`, an error) closes it as it is: what was written stays, what was gathered is dropped.
 * Errors, of the next `write` or of `close`: `FileError`; `DISCONNECTED` when the connection is lost, as an open file
 * ends with it; `ABORTED`; `FILE_TOO_LARGE` and `BAD_ARGUMENT`.
 *
 * ```ts
 * await using file = await client.files.openWrite('/tmp/farhand-example.txt');
 * const writer = file.getWriter();
 * await writer.write('far ');
 * await writer.write(Buffer.from('hand\n'));
 * await writer.close();
 * ```
 */
export class FileWriteStream extends WritableStream<Uint8Array | string> {
  readonly #writing: Writing;

  /** Made by `openWrite`. */
  constructor(sink: FileSink, what: string, signal: AbortSignal | undefined) {
    const writing = new Writing(sink, what, signal);
    super(writing);
    this.#writing = writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing.stop();
  }
}

/** What the stream feeds. */
class Writing implements UnderlyingSink<Uint8Array | string> {
  readonly #sink: FileSink;
  readonly #what: string;
  readonly #signal: AbortSignal | undefined;
  /** Ends the waiting for a write that is under way. */
  readonly #over = new AbortController();
  #controller: WritableStreamDefaultController | undefined;
  readonly #abort = () => void this.#fail(this.#signal as AbortSignal);

  constructor(sink: FileSink, what: string, signal: AbortSignal | undefined) {
    this.#sink = sink;
    this.#what = what;
    this.#signal = signal;
  }

  start(controller: WritableStreamDefaultController): void {
    this.#controller = controller;
    // The types for Node 20 leave it out.
    const { signal: aborting } = controller as WritableStreamDefaultController & { readonly signal: AbortSignal };
    aborting.addEventListener('abort', () => this.#over.abort(aborting.reason), { once: true });
    if (this.#signal?.aborted) this.#abort();
    else this.#signal?.addEventListener('abort', this.#abort);
  }

  async write(piece: Uint8Array | string): Promise<void> {
    await this.#orAbandon(async () => this.#sink.write(toBytes('chunk', piece)));
  }

  async close(): Promise<void> {
    await this.#orAbandon(() => this.#sink.close());
    this.#leave();
  }

  async abort(): Promise<void> {
    this.#leave();
    await this.#sink.abandon();
  }

  /** After the end there is nothing left to abandon. */
  async stop(): Promise<void> {
    await this.#fail(AbortSignal.abort());
  }

  async #orAbandon(act: () => Promise<void>): Promise<void> {
    try {
      await abortable(act(), this.#what, this.#over.signal);
    } catch (error) {
      void this.abort();
      throw error;
    }
  }

  async #fail(signal: AbortSignal): Promise<void> {
    this.#controller?.error(aborted(this.#what, signal));
    this.#over.abort(signal.reason);
    await this.abort();
  }

  #leave(): void {
    this.#signal?.removeEventListener('abort', this.#abort);
  }
}
