/** What bubblewrap reads from descriptors: the options of one launch, and the filters, which are the same for all. */
import { closeSync, constants, openSync } from 'node:fs';
import { descriptorPath } from '#src/files/descriptor-path.js';
import { internalError } from '#src/protocol/errors.js';
import type { Network } from '#src/sandbox/policy.js';
import { seccompFilter } from '#src/sandbox/seccomp-filter.js';
import { writeAll } from '../files/write-all.js';
import type { Spawner } from '../spawner.js';

/** A file without a name that holds these bytes, to be read from its beginning: the writing is positional. */
export function privateFile(spawner: Pick<Spawner, 'createNamelessFile'>, bytes: Uint8Array): number {
  const descriptor = spawner.createNamelessFile();
  try {
    writeAll(descriptor, bytes, 0);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

export class FilterFiles {
  readonly #spawner: Pick<Spawner, 'createNamelessFile'>;
  readonly #files = new Map<Network, number>();

  constructor(spawner: Pick<Spawner, 'createNamelessFile'>) {
    this.#spawner = spawner;
  }

  /** Opened anew, for the caller to close: who reads it to its end must have a place in it of his own. Errors: -32603. */
  open(network: Network): number {
    let file = this.#files.get(network);
    if (file === undefined) {
      const { arch } = process;
      if (arch !== 'x64' && arch !== 'arm64')
        throw internalError(`sandbox unavailable: there is no filter for ${arch}`);
      file = privateFile(this.#spawner, seccompFilter(arch, network));
      this.#files.set(network, file);
    }
    return openSync(descriptorPath(file), constants.O_RDONLY);
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }
}
