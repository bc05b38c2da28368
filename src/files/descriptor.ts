import { type BigIntStats, close, fstatSync } from 'node:fs';

/**
 * An open file. Its number is the process's, and somebody else's as soon as it has been closed: so it is closed once, and
 * not before the last who uses it, in whatever thread, has ended.
 */
export class Descriptor {
  readonly #fd: number;
  #users = 0;
  #closed: Promise<void> | undefined;
  #closeNow: (() => void) | undefined;

  /** From now on the number belongs to this. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  /** The descriptor, until what is done with it has ended. Only while it is open. */
  async use<T>(work: (fd: number) => Promise<T>): Promise<T> {
    if (!this.isOpen) throw new TypeError('this descriptor is closed');
    this.#users++;
    try {
      return await work(this.#fd);
    } finally {
      this.#users--;
      if (this.#users === 0) this.#closeNow?.();
    }
  }

  /** Only while it is open. Errors: the system's. */
  stats(): BigIntStats {
    return fstatSync(this.#fd, { bigint: true });
  }

  /** Nobody can begin to use it any more. Resolves when it has been closed; whatever the system says of that, it is. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#closeNow = () => close(this.#fd, () => resolve());
      if (this.#users === 0) this.#closeNow();
    });
    return this.#closed;
  }
}
