import type { FilteredArchitecture } from '../sandbox/syscall-numbers.js';
import type { Lack } from './finding.js';

/** What a trial is told of the machine and of the executor on it. */
export interface Surroundings {
  /** Of the executor: says where bubblewrap is. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly architecture: NodeJS.Architecture;
}

/** The architecture, for which there is a filter, or why there is no sandbox on such a machine. */
export function supportedSystem({ platform, architecture }: Surroundings): FilteredArchitecture | Lack {
  if (platform !== 'linux') {
    return { problem: 'sandboxes are not supported on this system, only on Linux', remedy: undefined };
  }
  if (architecture === 'x64' || architecture === 'arm64') return architecture;
  return {
    problem: `sandboxes need an x86_64 or aarch64 processor, and this one is ${architecture}`,
    remedy: undefined,
  };
}
