/**
 * Operations that are done where requests are read, one after the other: none of them waits for anybody, and each is done in a moment.
 * Each is loaded when it is first asked for: the first call of a session waits for the start of a helper, and a start for each
 * module (0.6 ms; source: our measurements).
 */
import type { HelperResult, SandboxedOperation } from '#src/sandboxed-files/messages.js';
import type { BareTask } from '#src/sandboxed-files/task-json.js';
import type { Withheld } from '../files/withheld.js';
import type { OpenFiles } from './open-files.js';

/** Work on a whole tree may take any time; only the removal of a single entry does not. */
export type TreeOperation = Extract<SandboxedOperation, 'walk' | 'copy' | 'remove' | 'discoverRoots'>;
export type ShortOperation = Exclude<SandboxedOperation, TreeOperation> | 'remove';

/** How an operation came out; `body` is good until the next one is done. */
export interface Done {
  readonly result: HelperResult;
  readonly body?: Uint8Array | undefined;
}

export interface Means {
  /** What was sent with the request. */
  readonly body: Uint8Array;
  readonly files: OpenFiles;
  readonly withheld: Withheld | undefined;
}

/** Errors: those of the operation. */
export type Work<O extends ShortOperation> = (task: BareTask<O>, means: Means) => Done;

export const LOADERS: { readonly [O in ShortOperation]: () => Promise<Work<O>> } = {
  async getMetadata() {
    const { metadataOf } = await import('#src/files/metadata.js');
    return (task) => ({ result: metadataOf(task) });
  },
  async canonicalize() {
    const { canonicalPath } = await import('#src/files/metadata.js');
    return ({ path }) => ({ result: canonicalPath(path) });
  },
  async readDirectory() {
    const { readDirectory } = await import('../files/read-directory.js');
    return (task) => ({ result: null, body: Buffer.from(readDirectory(task)) });
  },
  async createDirectory() {
    const { createDirectory } = await import('../files/create-directory.js');
    return (task, { withheld }) => nothing(createDirectory(task, withheld));
  },
  async remove() {
    const { remove } = await import('../files/remove.js');
    return (task, { withheld }) => nothing(remove(task, withheld));
  },
  async readFile() {
    const { readFile } = await import('../files/read-file.js');
    return (task) => {
      const { memory, start, end } = readFile(task);
      return { result: null, body: memory.subarray(start, end) };
    };
  },
  async writeFile() {
    const { writeFile } = await import('../files/write-file.js');
    return (task, { body, withheld }) => nothing(writeFile({ ...task, bytes: body }, withheld));
  },
  async openFile() {
    const { openFile } = await import('../files/open-file.js');
    return (task, { files, withheld }) => ({ result: { fd: files.add(openFile(task, withheld).fd) } });
  },
  async readBlock() {
    const { readBlock } = await import('../files/read-block.js');
    const { BLOCK_SLOT_BYTES } = await import('#src/pool/block-slots.js');
    const slot = new SharedArrayBuffer(BLOCK_SLOT_BYTES);
    return (task, { files }) => {
      const { start, end, eof } = readBlock({ ...task, fd: files.checked(task.fd), slot });
      return { result: { eof }, body: new Uint8Array(slot, start, end - start) };
    };
  },
  async writeBlock() {
    const { writeBlock } = await import('../files/write-block.js');
    return (task, { body, files }) => nothing(writeBlock({ ...task, fd: files.checked(task.fd), bytes: body }));
  },
};

const nothing = (_done: undefined): Done => ({ result: null });
