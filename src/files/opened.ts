/** Files as their handles know them, wherever they are open. */
import type { FileWorkers } from '../pool/file-pool.js';
import type { ReadyReply } from '../rpc/handlers.js';
import type { Turns } from '../rpc/turns.js';
import type { SandboxedFile } from '../sandboxed-files/sandboxed-file.js';
import { BlockReader, type ReaderShare } from './block-reader.js';
import { Descriptor } from './descriptor.js';
import { handedOver } from './handed-over.js';
import type { Block } from './read-pattern.js';

interface Opened {
  /** False when it has been closed, or its sandbox has ended. */
  readonly isOpen: boolean;
  /** Resolves when it has been closed, whatever the system says of that. */
  close(): Promise<void>;
}

export interface ReadableFile extends Opened {
  /** The answer to fs/readBlock. Errors: the system's; that the sandbox has failed. */
  read(block: Block): Promise<ReadyReply>;
}

export interface WritableFile extends Opened {
  /** Errors: as above. */
  write(offset: number | bigint, bytes: Buffer): Promise<void>;
}

/** `fd` belongs to it. */
export function readableHere(fd: number, share: ReaderShare): ReadableFile {
  const descriptor = new Descriptor(fd);
  const reader = new BlockReader(descriptor, share);
  return {
    get isOpen() {
      return descriptor.isOpen;
    },
    read: (block) => reader.read(block),
    close() {
      reader.end();
      return descriptor.close();
    },
  };
}

export function writableHere(fd: number, pool: Pick<FileWorkers, 'run'>, turns: Turns): WritableFile {
  const descriptor = new Descriptor(fd);
  return {
    get isOpen() {
      return descriptor.isOpen;
    },
    async write(offset, bytes) {
      await turns.run(() => descriptor.use((fd) => pool.run('writeBlock', { fd, offset, bytes }, handedOver(bytes))));
    },
    close: () => descriptor.close(),
  };
}

/** Nothing is read ahead: what a sandbox says of a file is no ground for that. */
export function readableInSandbox(file: SandboxedFile, turns: Turns): ReadableFile {
  return {
    get isOpen() {
      return file.isOpen;
    },
    async read(block) {
      const sent = await turns.take();
      try {
        return { ...(await file.readBlock(block)), sent };
      } catch (error) {
        sent();
        throw error;
      }
    },
    close: () => file.close(),
  };
}

export function writableInSandbox(file: SandboxedFile, turns: Turns): WritableFile {
  return {
    get isOpen() {
      return file.isOpen;
    },
    write: (offset, bytes) => turns.run(() => file.writeBlock(offset, bytes)),
    close: () => file.close(),
  };
}
