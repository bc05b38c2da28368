/** The files of one root that a peer gets whole, few and small enough for that. What cannot be had is told as a warning. */
import { type Stats, statSync } from 'node:fs';
import type { Hidden } from '#src/pool/file-calls.js';
import type { CapabilityTextFile } from '#src/protocol/discovery.js';
import type { FileUri } from '#src/protocol/ids.js';
import { CAPABILITY_FILE_BYTES, CAPABILITY_ROOT_BYTES } from '#src/protocol/limits.js';
import { thrownText } from '#src/protocol/os-error.js';
import { nativePath } from '#src/protocol/path-uri.js';
import { readBoundedFile } from '../files/bounded-file.js';
import { utf8Fault } from '../files/utf8-fault.js';

export class Bundle {
  readonly warnings: string[] = [];
  readonly #hidden: Hidden | undefined;
  #bytes = 0;

  constructor(hidden?: Hidden) {
    this.#hidden = hidden;
  }

  /** Undefined, without a warning, where there is no such file, or something that is no file. */
  read(path: FileUri): CapabilityTextFile | undefined {
    const size = this.#sizeOf(path);
    if (size === undefined) return undefined;
    if (size > CAPABILITY_FILE_BYTES) {
      return this.#warn(`capability file ${path} exceeds the ${CAPABILITY_FILE_BYTES}-byte limit`);
    }
    if (this.#bytes + size > CAPABILITY_ROOT_BYTES) {
      return this.#warn(`capability root bundle exceeds the ${CAPABILITY_ROOT_BYTES}-byte limit`);
    }
    const bytes = this.#bytesOf(path);
    if (bytes === undefined) return undefined;
    const fault = utf8Fault(bytes);
    if (fault !== undefined) return this.#warn(`capability file ${path} is not UTF-8: ${fault}`);
    this.#bytes += bytes.length;
    return { path, contents: bytes.toString() };
  }

  #sizeOf(path: FileUri): number | undefined {
    let stats: Stats | undefined;
    try {
      stats = statSync(nativePath(path), { throwIfNoEntry: false });
    } catch (error) {
      return this.#warn(`failed to inspect capability file ${path}: ${thrownText(error)}`);
    }
    return stats?.isFile() ? stats.size : undefined;
  }

  /** Files may grow while they are read, up to what is left for this root. */
  #bytesOf(path: FileUri): Buffer | undefined {
    try {
      const limitBytes = Math.min(CAPABILITY_FILE_BYTES, CAPABILITY_ROOT_BYTES - this.#bytes);
      return readBoundedFile(nativePath(path), limitBytes, this.#hidden);
    } catch (error) {
      return this.#warn(`failed to read capability file ${path}: ${thrownText(error)}`);
    }
  }

  #warn(warning: string): undefined {
    this.warnings.push(warning);
    return undefined;
  }
}
