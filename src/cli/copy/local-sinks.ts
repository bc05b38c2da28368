/** Files of this machine while they are written. */
import { randomBytes } from 'node:crypto';
import { chmod, chown, open, rename, rm } from 'node:fs/promises';
import type { FileUri } from '../../protocol/ids.js';
import { joinUri, type NativePath, nativePath, parentUri } from '../../protocol/path-uri.js';
import type { Sink } from './side.js';
import { nameOf } from './spot.js';

/**
 * Written beside the target, and renamed when all is well: under its name there is never half a file.
 * `modeFor`: the mode that it gets, from that of the source. `owner`: whom it belongs to, as far as we may give it away.
 */
export async function partFile(
  target: FileUri,
  modeFor: (source: number | undefined) => number,
  owner?: { readonly uid: number; readonly gid: number },
): Promise<Sink> {
  const part = nativePath(joinUri(parentUri(target)!, partName(nameOf(target))));
  // Nobody else may read it before it is known who may.
  const handle = await open(part, 'wx', 0o600);
  return {
    write: (bytes) => handle.writeFile(bytes),
    close: async () => {
      const { size } = await handle.stat();
      await handle.close();
      return size;
    },
    keep: async (mode) => {
      if (owner !== undefined) await chown(part, owner.uid, owner.gid).catch(passOver);
      await chmod(part, modeFor(mode)).catch(passOver);
      await rename(part, nativePath(target));
    },
    discard: async () => {
      await handle.close().catch(() => {});
      await rm(part, { force: true });
      return 'nothing left';
    },
  };
}

/** A device or a pipe, which is written to as it is. */
export async function inPlace(path: NativePath): Promise<Sink> {
  const handle = await open(path, 'w');
  let written = 0;
  return {
    write: async (bytes) => {
      await handle.writeFile(bytes);
      written += bytes.length;
    },
    close: async () => {
      await handle.close();
      return written;
    },
    keep: async () => {},
    discard: async () => {
      await handle.close().catch(() => {});
      return 'incomplete';
    },
  };
}

/** Names may be 255 bytes long on nearly every file system; so much of it leaves room for what is added. */
const NAME_BYTES = 200;

function partName(name: NativePath): Buffer {
  const bytes = Buffer.from(name as string);
  let end = Math.min(bytes.length, NAME_BYTES);
  // Not in the midst of a character: some file systems take only UTF-8.
  while (end < bytes.length && end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return Buffer.concat([
    Buffer.from('.'),
    bytes.subarray(0, end),
    Buffer.from(`.${randomBytes(6).toString('hex')}.part`),
  ]);
}

/** Some file systems have no modes and owners, and not everybody may change these; the content is there all the same. */
function passOver(error: NodeJS.ErrnoException): void {
  if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(error.code ?? '')) throw error;
}
