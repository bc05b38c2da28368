import { FileError, MisuseError, type RemoteFiles } from '../../index.js';
import type { FileUri } from '../../protocol/ids.js';
import type { Sink } from './side.js';

type State =
  /** Nothing has been sent, and what is there is as it was; the first block of the file waits here. */
  | { readonly is: 'holding'; readonly first: Uint8Array }
  /** Being emptied or made, whose answer may be missing. */
  | { readonly is: 'opening' }
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
    const state = this.#state;
    if (state.is === 'streaming') await this.#sending(() => state.writer.write(bytes));
    else if (state.is === 'holding' && state.first.length > 0)
      await this.#sending(() => this.#stream(state.first, bytes));
    // A copy, as the bytes may be used again.
    else this.#state = { is: 'holding', first: Uint8Array.from(bytes) };
  }

  async close(): Promise<number> {
    const state = this.#state;
    if (state.is === 'streaming') await this.#sending(() => state.writer.close());
    else if (state.is === 'holding') await this.#sending(() => this.#writeWhole(state.first));
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
    this.#state = { is: 'opening' };
    const writer = (await this.#files.openWrite(this.#uri, this.#options)).getWriter();
    this.#state = { is: 'streaming', writer };
    for (const block of blocks) await writer.write(block);
  }

  async #writeWhole(bytes: Uint8Array): Promise<void> {
    this.#state = { is: 'sent whole' };
    await this.#files.writeFile(this.#uri, bytes, this.#options);
  }

  async #sending(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (this.#isUntouched(error)) this.#state = NOTHING;
      throw error;
    }
  }

  #isUntouched(error: unknown): boolean {
    // Collected, as this executor takes files only whole.
    if (error instanceof MisuseError) return error.code === 'FILE_TOO_LARGE';
    if (!(error instanceof FileError)) return false;
    // All but `FAILED` is found before anything is written; a file that cannot be opened is not emptied either.
    return this.#state.is === 'opening' || (this.#state.is === 'sent whole' && error.code !== 'FAILED');
  }
}
