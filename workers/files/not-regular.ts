import type { Place } from '#src/pool/file-calls.js';
import { notAFile, notARegularFile, type RpcError } from '#src/protocol/errors.js';

/** Why this place is refused where a regular file is wanted. Source: 0.169.0, probed; what is not UTF-8 in the path is replaced. */
export const notRegular = ({ path, followSymlinks }: Place): RpcError =>
  followSymlinks ? notAFile(Buffer.from(path as string).toString()) : notARegularFile();
