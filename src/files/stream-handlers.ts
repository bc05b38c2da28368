/** fs/open, fs/readBlock, fs/writeBlock, fs/close: files that one connection holds open. */
import { constants } from 'node:os';
import type { FileWorkers } from '../pool/file-pool.js';
import {
  fileHandleIdTooLong,
  readBlockLengthOutOfRange,
  unknownFileHandle,
  writeBlockLengthOutOfRange,
  writeRangeTooFar,
} from '../protocol/errors.js';
import { BLOCKS_READ_AHEAD, FILE_BLOCK_BYTES, HANDLE_ID_BYTES } from '../protocol/limits.js';
import { isNative, type NativePath, nativePath } from '../protocol/path-uri.js';
import type { Handlers, PeerLink, ReadyReply } from '../rpc/handlers.js';
import { Turns } from '../rpc/turns.js';
import { BlockReader, type ReaderShare } from './block-reader.js';
import { Descriptor } from './descriptor.js';
import { handedOver } from './handed-over.js';
import { HandlePlaces } from './handle-places.js';
import { OpenFiles } from './open-files.js';
import { osFailure } from './os-failure.js';
import type { PathOrder } from './path-order.js';
import type { Promptness } from './promptness.js';
import type { Block } from './read-pattern.js';
import { refuseSandbox } from './refuse-sandbox.js';

export interface StreamHost {
  readonly pool: FileWorkers;
  readonly order: PathOrder;
  readonly turns: Turns;
  readonly promptness: Promptness;
  readonly link: PeerLink;
}

export function streamHandlers({ pool, order, turns, promptness, link }: StreamHost): Handlers {
  const files = new OpenFiles();
  const places = new HandlePlaces(files);
  const share: ReaderShare = { pool, slots: pool.slots, turns, ahead: new Turns(BLOCKS_READ_AHEAD), promptness };
  link.gone.addEventListener('abort', () => files.end());

  async function open(path: NativePath, mode: 'read' | 'replace') {
    const { fd } = await turns.run(() => pool.run('openFile', { path, mode }));
    const descriptor = new Descriptor(fd);
    return mode === 'read'
      ? { mode, path, descriptor, reader: new BlockReader(descriptor, share) }
      : { mode, path, descriptor };
  }

  /** A failed read closes the handle. Source: 0.169.0. */
  async function read(id: string, block: Block): Promise<ReadyReply> {
    const file = files.get(id);
    try {
      if (endsTooFar(block)) throw osFailure(EINVAL);
      if (file.mode !== 'read') throw osFailure(EBADF);
      return await file.reader.read(block);
    } catch (error) {
      // Another read failed while this one waited for its turn.
      if (!file.descriptor.isOpen) throw unknownFileHandle(id);
      void files.close(id);
      throw error;
    }
  }

  /** A failed write does not. */
  async function write(id: string, offset: number | bigint, bytes: Buffer): Promise<void> {
    const file = files.get(id);
    if (file.mode !== 'replace') throw osFailure(EBADF);
    await turns.run(() =>
      file.descriptor.use((fd) => pool.run('writeBlock', { fd, offset, bytes }, handedOver(bytes))),
    );
  }

  return {
    'fs/open': ({ handleId: id, path: uri, mode, sandbox }) => {
      checkId(id);
      const work = async () => {
        await files.add(id, () => {
          refuseSandbox(sandbox);
          return open(nativePath(uri), mode);
        });
        return `{"handleId":${JSON.stringify(id)}}`;
      };
      const path = isNative(uri) ? nativePath(uri) : undefined;
      return places.opening(id, path, () => order.run(places.toOpen(id, path, mode), work));
    },

    'fs/readBlock': ({ handleId: id, offset, len: length }) => {
      checkId(id);
      if (!isBlockLength(length)) throw readBlockLengthOutOfRange(FILE_BLOCK_BYTES);
      return order.run({ reads: places.of(id) }, () => read(id, { offset, length }));
    },

    'fs/writeBlock': ({ handleId: id, offset, chunk }) => {
      checkId(id);
      if (!isBlockLength(chunk.length)) throw writeBlockLengthOutOfRange(FILE_BLOCK_BYTES);
      if (endsTooFar({ offset, length: chunk.length })) throw writeRangeTooFar();
      return order.run({ writes: places.of(id) }, async () => {
        await write(id, offset, chunk);
        return '{}';
      });
    },

    'fs/close': ({ handleId: id }) => {
      checkId(id);
      return order.run({ writes: [places.handle(id)] }, async () => {
        await files.close(id);
        return '{}';
      });
    },
  };
}

const { EBADF, EINVAL } = constants.errno;
/** The system's offsets have 63 bits. */
const LAST_OFFSET = 2n ** 63n - 1n;

const endsTooFar = ({ offset, length }: Block) => BigInt(offset) + BigInt(length) > LAST_OFFSET;

const isBlockLength = (length: number) => length >= 1 && length <= FILE_BLOCK_BYTES;

function checkId(id: string): void {
  if (Buffer.byteLength(id) > HANDLE_ID_BYTES) throw fileHandleIdTooLong(HANDLE_ID_BYTES);
}
