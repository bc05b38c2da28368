import { closeSync } from 'node:fs';
import { internalError } from '#src/protocol/errors.js';

/** The files that this helper has opened for the main thread, which names them by their descriptors. */
export class OpenFiles {
  readonly #descriptors = new Set<number>();

  /** From now on it belongs to this. */
  add(fd: number): number {
    this.#descriptors.add(fd);
    return fd;
  }

  /** The same number. Errors: -32603 when it is none of these: whatever else this program has open is not for the peer. */
  checked(fd: number): number {
    if (!this.#descriptors.has(fd)) throw internalError(`no file is open as ${fd}`);
    return fd;
  }

  /** Errors: as above. Whatever the system says of it, it is closed. */
  close(fd: number): void {
    this.#descriptors.delete(this.checked(fd));
    try {
      closeSync(fd);
    } catch {
      // As where no sandbox is: what was written has been answered already.
    }
  }
}
