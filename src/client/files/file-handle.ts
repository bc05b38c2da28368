import type { MethodParams, MethodResults } from '../../protocol/methods.js';
import { abortable } from '../abortable.js';
import { TransportError } from '../errors.js';
import type { Link } from '../link.js';
import { encodeBase64 } from './bytes.js';
import { type FileNames, fileCall } from './file-call.js';

/**
 * Opens a file on one connection. Errors: `FileError`, those of `Link.call`; `ABORTED`, and a handle that comes to be
 * afterwards is closed.
 */
export async function openHandle(
  link: Link,
  request: MethodParams['fs/open'],
  names: FileNames,
  signal: AbortSignal | undefined,
): Promise<FileHandle> {
  const handle = new FileHandle(link, request.handleId, names);
  const opening = fileCall(link, 'fs/open', request, names);
  try {
    await abortable(opening, 'fs/open', signal);
    return handle;
  } catch (error) {
    opening.then(() => handle.close()).catch(() => {});
    throw error;
  }
}

/** An open file. It is pinned: whatever happens to its path, this stays the same file. It ends with its connection. */
export class FileHandle {
  readonly #link: Link;
  readonly #handleId: string;
  readonly #names: FileNames;
  #closing: Promise<void> | undefined;

  constructor(link: Link, handleId: string, names: FileNames) {
    this.#link = link;
    this.#handleId = handleId;
    this.#names = names;
  }

  /** Up to `len` bytes, fewer only at the end of the file. Errors: those of `fileCall`; the executor then closes the handle. */
  readBlock(offset: number, len: number): Promise<MethodResults['fs/readBlock']> {
    return fileCall(this.#link, 'fs/readBlock', { handleId: this.#handleId, offset, len }, this.#names);
  }

  /** The bytes have been taken when this returns, before it resolves. Errors: those of `fileCall`; the handle stays open. */
  async writeBlock(offset: number, bytes: Uint8Array): Promise<void> {
    const chunk = encodeBase64(bytes);
    await fileCall(this.#link, 'fs/writeBlock', { handleId: this.#handleId, offset, chunk }, this.#names);
  }

  /** Closes it, once however often it is asked. With its connection gone there is nothing left to close. Errors: `FileError`. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await fileCall(this.#link, 'fs/close', { handleId: this.#handleId }, this.#names, { kind: 'cleanUp' });
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
    }
  }
}
