/**
 * What this program may look at for somebody who asked for a sandbox. Where the sandbox hides nothing of the disk, reading needs no
 * process in it; but in this process /proc/self is this program, with its environment and its descriptors, and a link in the
 * workspace is enough to lead there.
 *
 * Paths are no ground to judge by: programs in the sandbox can change them between the look and the call. So the thing is opened,
 * it is judged by what the kernel says of the descriptor, and then nothing but the descriptor is used.
 */
import { closeSync, fstatSync, lstatSync, openSync, readlinkSync, statfsSync } from 'node:fs';
import { constants } from 'node:os';
import type { FilePath, Hidden } from '../pool/file-calls.js';
import { isWithin } from '../sandbox/paths.js';
import { runtimePlaces } from '../sandbox/runtime-places.js';
import { descriptorPath, HAS_DESCRIPTOR_PATHS, O_PATH } from './descriptor-path.js';
import { osFailure } from './os-failure.js';

/** Every sandbox has its own: processes, and memory that they share. What executors share among themselves no sandbox has. */
export const OWN_IN_SANDBOXES: Hidden = [
  '/proc',
  '/dev/shm',
  ...Object.values(runtimePlaces(process.geteuid?.() ?? 0)),
];

/** Of statfs(2). Wherever it is mounted. */
const PROCFS = 0x9fa0;
/** A file can be replaced while it is being judged; one that always is will not be read. */
const ATTEMPTS = 3;

/**
 * What `open` opens, if it may be looked at; all may where nothing is hidden. It belongs to whoever asked.
 * Errors: EACCES for what is hidden, or is not on this disk under its own name, like the files of other sandboxes; those of `open`.
 */
export function openVisible(open: () => number, hidden: Hidden | undefined): number {
  // Elsewhere than on Linux there is no such place.
  if (hidden === undefined || !HAS_DESCRIPTOR_PATHS) return open();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const fd = open();
    try {
      if (isVisible(fd, hidden)) return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
  }
  throw refused();
}

/** The same for anything that a path leads to, through links: `act` gets its descriptor, which is good for finding the way alone. */
export function atVisible<T>(path: FilePath, hidden: Hidden, act: (fd: number) => T): T {
  const fd = openVisible(() => openSync(path as string, O_PATH), hidden);
  try {
    return act(fd);
  } finally {
    closeSync(fd);
  }
}

/** The name of what is open, without links. */
export const nameOf = (fd: number): Buffer => readlinkSync(descriptorPath(fd), 'buffer');

/** False where the name leads to something else by now. */
function isVisible(fd: number, hidden: Hidden): boolean {
  const name = nameOf(fd);
  if (hidden.some((place) => isWithin(name.toString(), place)) || statfsSync(descriptorPath(fd)).type === PROCFS) {
    throw refused();
  }
  const opened = fstatSync(fd, { bigint: true });
  const named = lstatSync(name, { bigint: true, throwIfNoEntry: false });
  return named !== undefined && named.dev === opened.dev && named.ino === opened.ino;
}

const refused = () => osFailure(constants.errno.EACCES);
