/** Opening what is to be read: regular files, and nothing else. */
import { closeSync, constants, fstatSync, lstatSync, openSync, statSync } from 'node:fs';
import type { FilePath, Place } from '../pool/file-calls.js';
import { notAFile, notARegularFile, type RpcError } from '../protocol/errors.js';
import { openVisible } from './hidden-places.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/** Why this place is refused where a regular file is wanted. Source: 0.169.0, probed; what is not UTF-8 in the path is replaced. */
export const notRegular = ({ path, followSymlinks }: Place): RpcError =>
  followSymlinks ? notAFile(Buffer.from(path as string).toString()) : notARegularFile();

/**
 * The file's descriptor; `path` is the way to `place`, see no-follow.ts. It looks before it opens: that alone would wake whoever
 * waits at the other end of a FIFO, and means something to a device.
 * Errors: -32600 for anything but a regular file, and for one that is hidden; the system's.
 */
export const openRegularFile = (path: FilePath, place: Place): number =>
  openVisible(() => openAny(path, place), place.hidden);

function openAny(path: FilePath, place: Place): number {
  const { followSymlinks } = place;
  const kind = followSymlinks ? statSync(path as string) : lstatSync(path as string);
  if (kind.isDirectory() || kind.isFIFO() || kind.isCharacterDevice() || kind.isBlockDevice()) throw notRegular(place);
  // A socket, and a link that is not to be followed, are refused by the system, in its own words.
  const fd = openSync(path as string, O_RDONLY | O_NONBLOCK | O_NOCTTY | (followSymlinks ? 0 : O_NOFOLLOW));
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw notRegular(place);
}
