import type { NativePath } from '../protocol/path-uri.js';
import type { OpenFiles } from './open-files.js';
import type { Access } from './path-order.js';

/** Above every handle. No path begins like this: paths are absolute. */
const ALL_HANDLES = 'handles';

/**
 * Where operations on handles stand in the order of places. A handle is a place by itself, so that they come as they were
 * sent although nobody waited for the answer to fs/open; the path of its file is another, so that fs/readFile sees what
 * fs/writeBlock has written.
 */
export class HandlePlaces {
  readonly #files: OpenFiles;
  /** Paths of the handles whose opening waits for its turn or is under way; the last one sent counts. */
  readonly #opening = new Map<string, { readonly path: NativePath | undefined }>();

  constructor(files: OpenFiles) {
    this.#files = files;
  }

  /** The handle alone. */
  handle(id: string): string {
    return `${ALL_HANDLES}/${encodeURIComponent(id)}`;
  }

  /** The handle and, where it is known, the path of its file. */
  of(id: string): NativePath[] {
    const path = this.#opening.get(id)?.path ?? this.#files.find(id)?.path;
    return path === undefined ? [this.handle(id)] : [this.handle(id), path];
  }

  /** For opening one more. Where there is no room, it waits for all handles: one of them may be about to be closed. */
  toOpen(id: string, path: NativePath | undefined, mode: 'read' | 'replace'): Access {
    const handle = this.#files.isFull ? ALL_HANDLES : this.handle(id);
    const paths = path === undefined ? [] : [path];
    return mode === 'read' ? { reads: paths, writes: [handle] } : { writes: [handle, ...paths] };
  }

  /** Knows the path from now until the work has ended. */
  async opening<T>(id: string, path: NativePath | undefined, work: () => Promise<T>): Promise<T> {
    const entry = { path };
    this.#opening.set(id, entry);
    try {
      return await work();
    } finally {
      if (this.#opening.get(id) === entry) this.#opening.delete(id);
    }
  }
}
