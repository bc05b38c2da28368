import { FileError, type RemoteFiles } from '../../index.js';
import type { FileUri } from '../../protocol/ids.js';
import type { Sink } from './side.js';

type State =
  /** Nothing has been sent, and what is there is as it was; the first block of the file waits here. */
  | { readonly is: 'holding'; readonly first: Uint8Array }
  | { readonly is: 'streaming'; readonly writer: WritableStreamDefaultWriter<Uint8Array> }
  /** Sent as one message, whose answer may be missing. */
  | { readonly is: 'sent whole' };

const NOTHING: State = { is: 'holding', first: new Uint8Array() };

export interface RemoteSinkOptions {
  readonly files: RemoteFiles;
  readonly uri: FileUri;
  readonly signal: AbortSignal;
  readonly makeExecutable: () => Promise<void>;
}

/**
 * A file on an executor while it is written, in place: the protocol cannot rename. A file of one block is written by one
 * request, which saves two, and empties nothing before all of it is here.
 */
export class RemoteSink implements Sink {
  readonly #files: RemoteFiles;
  readonly #uri: FileUri;
  readonly #options: { readonly signal: AbortSignal };
  readonly #makeExecutable: () => Promise<void>;
  #state: State = NOTHING;

  constructor({ files, uri, signal, makeExecutable }: RemoteSinkOptions) {
    this.#files = files;
    this.#uri = uri;
    this.#options = { signal };
    this.#makeExecutable = makeExecutable;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#state.is === 'streaming') return await this.#state.writer.write(bytes);
    if (this.#state.is === 'holding' && this.#state.first.length > 0)
      return await this.#stream(this.#state.first, bytes);
    // A copy, as the bytes may be used again.
    this.#state = { is: 'holding', first: Uint8Array.from(bytes) };
  }

  async close(): Promise<number> {
    if (this.#state.is === 'streaming') await this.#state.writer.close();
    if (this.#state.is === 'holding') await this.#writeWhole(this.#state.first);
    const { size } = await this.#files.getMetadata(this.#uri, this.#options);
    return size;
  }

  async keep(mode = 0): Promise<void> {
    if ((mode & 0o111) !== 0) await this.#makeExecutable();
  }

  async discard(): Promise<'nothing left' | 'incomplete'> {
    if (this.#state.is === 'holding') return 'nothing left';
    if (this.#state.is === 'streaming') await this.#state.writer.abort().catch(() => {});
    return 'incomplete';
  }

  async #stream(...blocks: readonly Uint8Array[]): Promise<void> {
    const writer = (await this.#files.openWrite(this.#uri, this.#options)).getWriter();
    this.#state = { is: 'streaming', writer };
    for (const block of blocks) await writer.write(block);
  }

  async #writeWhole(bytes: Uint8Array): Promise<void> {
    this.#state = { is: 'sent whole' };
    try {
      await this.#files.writeFile(this.#uri, bytes, this.#options);
    } catch (error) {
      // All but these are found before anything is written.
      if (error instanceof FileError && error.code !== 'FAILED') this.#state = NOTHING;
      throw error;
    }
  }
}
