import type { ReadyResult } from '../protocol/ready-result.js';
import type { Helper } from './helper.js';

/** A file that a helper has open. It is closed once. */
export class SandboxedFile {
  readonly #helper: Helper;
  readonly #fd: number;
  readonly #released: () => void;
  #closed: Promise<void> | undefined;

  /** `released` is called once it has been closed, or there is nothing to close any more. */
  constructor(helper: Helper, fd: number, released: () => void) {
    this.#helper = helper;
    this.#fd = fd;
    this.#released = released;
  }

  /** False also when its helper has failed. */
  get isOpen(): boolean {
    return this.#closed === undefined && this.#helper.isOpen;
  }

  /** The result of fs/readBlock. Errors: the system's; `HelperLost`. */
  readBlock(block: { readonly offset: number | bigint; readonly length: number }): Promise<ReadyResult> {
    return this.#helper.ask({ operation: 'readBlock', task: { ...block, fd: this.#fd, slot: NOWHERE } });
  }

  /** Errors: as above. */
  async writeBlock(offset: number | bigint, bytes: Uint8Array): Promise<void> {
    await this.#helper.ask({ operation: 'writeBlock', task: { fd: this.#fd, offset, bytes } });
  }

  /** Resolves when it has been closed, whatever the helper says of that. */
  close(): Promise<void> {
    this.#closed ??= this.#helper
      .ask({ operation: 'closeFile', task: { fd: this.#fd } })
      .catch(() => {})
      .then(this.#released);
    return this.#closed;
  }
}

/** The helper answers with bytes of its own. */
const NOWHERE = new SharedArrayBuffer(0);
