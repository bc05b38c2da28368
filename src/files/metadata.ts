/** fs/getMetadata and fs/canonicalize: quick calls, which the main thread makes itself. Source: 0.169.0, probed. */
import { type BigIntStats, fstatSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import type { FilePath, Hidden, Place } from '../pool/file-calls.js';
import { containsLink } from '../protocol/errors.js';
import type { FileMetadata } from '../protocol/files.js';
import type { FileUri } from '../protocol/ids.js';
import { fileUri } from '../protocol/path-uri.js';
import { atVisible, nameOf } from './hidden-places.js';
import { atPlace } from './no-follow.js';
import { fileFailure, osFailure } from './os-failure.js';

/**
 * What is at a place; of a link, what it leads to. Errors: `RpcError`, -32004 where nothing is, -32600 for a link that is not to
 * be followed.
 */
export function metadataOf(place: Place): FileMetadata {
  try {
    return atPlace(place, (path) => describe(path, place));
  } catch (error) {
    throw fileFailure(error);
  }
}

/** The same as JSON. */
export const metadataText = ({ isDirectory, isFile, isSymlink, size, createdAtMs, modifiedAtMs }: FileMetadata) =>
  `{"isDirectory":${isDirectory},"isFile":${isFile},"isSymlink":${isSymlink},"size":${size},"createdAtMs":${createdAtMs},"modifiedAtMs":${modifiedAtMs}}`;

/** The path without links, as its URI. Errors: as above. */
export function canonicalPath(path: FilePath, hidden?: Hidden): FileUri {
  try {
    return fileUri(hidden ? atVisible(path, hidden, nameOf) : realpathSync.native(path as string, 'buffer'));
  } catch (error) {
    throw fileFailure(error);
  }
}

/**
 * Most paths asked for do not exist, and an error thrown by Node costs more than the call: so Node is told to throw none.
 * Of lstat() that holds for missing files alone; stat() hides since Node 22 that a parent is no directory.
 */
function describe(path: FilePath, { followSymlinks, hidden }: Place): FileMetadata {
  const own = lstatSync(path as string, { bigint: true, throwIfNoEntry: false });
  if (own === undefined) throw osFailure(constants.errno.ENOENT);
  const isLink = own.isSymbolicLink();
  if (isLink && !followSymlinks) throw containsLink();
  if (hidden) return atVisible(path, hidden, (fd) => metadataFrom(fstatSync(fd, { bigint: true }), isLink));
  if (!isLink) return metadataFrom(own, false);
  return metadataFrom(statSync(path as string, { bigint: true }), true);
}

/** A time that the file system does not keep is 0. */
const metadataFrom = (stats: BigIntStats, isSymlink: boolean): FileMetadata => ({
  isDirectory: stats.isDirectory(),
  isFile: stats.isFile(),
  isSymlink,
  size: Number(stats.size),
  createdAtMs: wholeMs(stats.birthtimeNs),
  modifiedAtMs: wholeMs(stats.mtimeNs),
});

/** Rounded down; before 1970 it is 0. From nanoseconds: as a fraction the last of a millisecond would round up to the next. */
const wholeMs = (ns: bigint) => (ns > 0n ? Number(ns / NS_PER_MS) : 0);
const NS_PER_MS = 1_000_000n;
