import { closeSync, fstatSync, lstatSync } from 'node:fs';
import { constants } from 'node:os';
import { descriptorPath, HAS_DESCRIPTOR_PATHS, openDirectory } from '#src/files/descriptor-path.js';
import { osFailure } from '#src/files/os-failure.js';
import type { FilePath } from '#src/pool/file-calls.js';
import { join } from './native-path.js';

/**
 * A directory whose entries are reached through it, wherever its path leads by then; and so also deeper than any path may be long.
 * Where the system has no paths that begin at a descriptor, it is its path and no more.
 */
export class HeldDirectory implements Disposable {
  readonly path: Buffer;
  /** Of two directories that are the same, the same. */
  readonly identity: string;
  readonly #fd: number | undefined;

  /** Errors: the system's; ENOTDIR where the path ends in anything else, also in a link to a directory. */
  constructor(path: FilePath, byDescriptor = HAS_DESCRIPTOR_PATHS) {
    this.#fd = byDescriptor ? openDirectory(path) : undefined;
    this.path = Buffer.from(this.#fd === undefined ? (path as string) : descriptorPath(this.#fd));
    const options = { bigint: true } as const;
    const stats = this.#fd === undefined ? lstatSync(this.path, options) : fstatSync(this.#fd, options);
    if (!stats.isDirectory()) throw osFailure(constants.errno.ENOTDIR);
    this.identity = `${stats.dev}:${stats.ino}`;
  }

  /** The path of an entry. */
  entry(name: FilePath): Buffer {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
  }
}
