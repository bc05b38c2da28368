import { fileHandleExists, fileHandlesExhausted, unknownFileHandle } from '../protocol/errors.js';
import { FILE_HANDLES } from '../protocol/limits.js';
import type { NativePath } from '../protocol/path-uri.js';
import type { ReadableFile, WritableFile } from './opened.js';

/** What a handle stands for. One that is read cannot be written, and the other way round. */
export type OpenFile = { readonly path: NativePath } & (
  | { readonly mode: 'read'; readonly file: ReadableFile }
  | { readonly mode: 'replace'; readonly file: WritableFile }
);

/** The files that one connection holds open, by handleId. Whoever calls sees to the order of what touches the same handle. */
export class OpenFiles {
  /** Undefined: being opened. */
  readonly #files = new Map<string, OpenFile | undefined>();
  #ended = false;

  get isFull(): boolean {
    return this.#files.size >= FILE_HANDLES;
  }

  /** Errors: -32600 when the id is taken or too many are open, and then nothing is opened; those of `open`. */
  async add(id: string, open: () => Promise<OpenFile>): Promise<void> {
    if (this.#files.has(id)) throw fileHandleExists(id);
    if (this.isFull || this.#ended) throw fileHandlesExhausted(FILE_HANDLES);
    this.#files.set(id, undefined);
    try {
      this.#files.set(id, await open());
      // The connection has ended meanwhile.
      if (this.#ended) await this.close(id);
    } catch (error) {
      this.#files.delete(id);
      throw error;
    }
  }

  find(id: string): OpenFile | undefined {
    return this.#files.get(id);
  }

  /** Errors: -32004. */
  get(id: string): OpenFile {
    const file = this.#files.get(id);
    if (file === undefined) throw unknownFileHandle(id);
    return file;
  }

  /** Forgets the handle; resolves when its file has been closed. Nothing happens when there is none. */
  async close(id: string): Promise<void> {
    const open = this.#files.get(id);
    if (open === undefined) return;
    this.#files.delete(id);
    await open.file.close();
  }

  /** Closes all, and what is opened from now on at once. */
  end(): void {
    this.#ended = true;
    for (const id of this.#files.keys()) void this.close(id);
  }
}
