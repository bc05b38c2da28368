/** The end of a copy that is this machine. */
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { FileUri } from '../../protocol/ids.js';
import { FILE_BLOCK_BYTES } from '../../protocol/limits.js';
import { fileUri, type NativePath, nativePath } from '../../protocol/path-uri.js';
import { UnnamedFault } from './fault.js';
import { inPlace, partFile } from './local-sinks.js';
import type { Found, Side, Sink, Source } from './side.js';

/** The URI of a path as it was typed. `..` is resolved by the system, since what is before it may be a link. */
export async function localUri(path: string): Promise<FileUri> {
  if (!path.split('/').includes('..')) return fileUri(resolve(path));
  const [folder, name] = /(?:^|\/)\.{1,2}\/*$/.test(path) ? [path, ''] : [dirname(path), basename(path)];
  return fileUri(join(await realpath(folder), name));
}

export class LocalSide implements Side {
  readonly writesInPlace = false;
  /** Read once, early: to read it is to change it for a moment, in which no other thread may make a file. */
  readonly #umask = process.umask();

  async look(uri: FileUri): Promise<Found | undefined> {
    try {
      const stats = await stat(nativePath(uri));
      if (stats.isFile()) return { kind: 'file', size: stats.size, modifiedAtMs: wireTime(stats.mtimeMs) };
      return { kind: stats.isDirectory() ? 'folder' : 'special' };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  list(folder: FileUri): Promise<readonly NativePath[]> {
    return readdir(nativePath(folder), { encoding: 'buffer' });
  }

  async identity(uri: FileUri): Promise<FileUri> {
    return fileUri(await realpath(nativePath(uri), { encoding: 'buffer' }));
  }

  async makeFolder(uri: FileUri): Promise<void> {
    try {
      await mkdir(nativePath(uri));
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
      if (!exists || (await this.look(uri))?.kind !== 'folder') throw error;
    }
  }

  async read(uri: FileUri): Promise<Source> {
    // What has become a FIFO since it was looked at must not be waited for.
    const handle = await open(nativePath(uri), constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await handle.stat()).isFile()) {
      await handle.close();
      throw new UnnamedFault('is not a regular file');
    }
    const block = Buffer.allocUnsafeSlow(FILE_BLOCK_BYTES);
    return {
      size: undefined,
      read: async () => {
        const { bytesRead } = await handle.read(block);
        return bytesRead === 0 ? undefined : block.subarray(0, bytesRead);
      },
      close: () => handle.close(),
    };
  }

  /** A file that is there keeps its mode, and links to it stay links. */
  async write(uri: FileUri): Promise<Sink> {
    const path = nativePath(uri);
    const there = await this.look(uri);
    switch (there?.kind) {
      case 'folder':
        throw new UnnamedFault('is a folder');
      case 'special':
        return await inPlace(path);
      case 'file': {
        await access(path, constants.W_OK);
        const { mode, uid, gid } = await stat(path);
        const target = await realpath(path, { encoding: 'buffer' });
        // Not setuid and setgid, which writing would take away too.
        return await partFile(fileUri(target), () => mode & 0o777, { uid, gid });
      }
      case undefined:
        return await partFile(uri, (mode = 0o666) => mode & 0o777 & ~this.#umask);
      default:
        return there satisfies never;
    }
  }

  async permissions(uri: FileUri): Promise<number> {
    return (await stat(nativePath(uri))).mode & 0o7777;
  }

  /** The bytes that we have sent or written are the file. */
  async digest(): Promise<undefined> {}
}

/** As executors say it. */
const wireTime = (ms: number): number => Math.max(Math.floor(ms), 0);
