/**
 * Paths that begin at an open directory. On Linux `/proc/self/fd/N` leads to what descriptor N has open, wherever that has been
 * moved, so nobody can put a link or another directory in its place. Node has no openat() and its kin.
 */
import { constants, existsSync, openSync } from 'node:fs';
import type { FilePath } from '../pool/file-calls.js';

/** Whether this system has such paths. */
export const HAS_DESCRIPTOR_PATHS = process.platform === 'linux' && existsSync('/proc/self/fd');

/** Only to find the way, for which the permission to search is enough. Node does not name it; it is the same on every machine that Node runs on. */
export const O_PATH = 0o10_000_000;

export const descriptorPath = (fd: number): string => `/proc/self/fd/${fd}`;

/** An entry of the open directory. The name has one character per byte. */
export const entryPath = (fd: number, name: string): Buffer => Buffer.from(`${descriptorPath(fd)}/${name}`, 'latin1');

/** The names on the way from the root, one character per byte. */
export const namesOf = (path: FilePath): string[] =>
  Buffer.from(path as string)
    .toString('latin1')
    .split('/')
    .filter((name) => name !== '');

/** Opens a directory to begin paths at. Errors: the system's; ENOTDIR where the path ends in anything else, also in a link to a directory. */
export const openDirectory = (path: FilePath): number =>
  openSync(path as string, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
