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
import type { ReaderShare } from './block-reader.js';
import { HandlePlaces } from './handle-places.js';
import { type OpenFile, OpenFiles } from './open-files.js';
import { readableHere, readableInSandbox, writableHere, writableInSandbox } from './opened.js';
import { osFailure } from './os-failure.js';
import type { PathOrder } from './path-order.js';
import type { Promptness } from './promptness.js';
import type { Block } from './read-pattern.js';
import type { Route, Routes } from './routes.js';

export interface StreamHost {
  readonly pool: FileWorkers;
  readonly routes: Routes;
  readonly order: PathOrder;
  readonly turns: Turns;
  readonly promptness: Promptness;
  readonly link: PeerLink;
}

export function streamHandlers({ pool, routes, order, turns, promptness, link }: StreamHost): Handlers {
  const files = new OpenFiles();
  const places = new HandlePlaces(files);
  const share: ReaderShare = { pool, slots: pool.slots, turns, ahead: new Turns(BLOCKS_READ_AHEAD), promptness };
  link.gone.addEventListener('abort', () => files.end());

  async function open(route: Route, path: NativePath, mode: 'read' | 'replace'): Promise<OpenFile> {
    const opened = await turns.run(() => routes.open(route, { path, mode }));
    const isHere = typeof opened === 'number';
    return mode === 'read'
      ? { mode, path, file: isHere ? readableHere(opened, share) : readableInSandbox(opened, turns) }
      : { mode, path, file: isHere ? writableHere(opened, pool, turns) : writableInSandbox(opened, turns) };
  }

  /** A failed read closes the handle. Source: 0.169.0. */
  async function read(id: string, block: Block): Promise<ReadyReply> {
    const open = files.get(id);
    try {
      if (endsTooFar(block)) throw osFailure(EINVAL);
      if (open.mode !== 'read') throw osFailure(EBADF);
      return await open.file.read(block);
    } catch (error) {
      // Another read failed while this one waited for its turn.
      if (files.find(id) !== open) throw unknownFileHandle(id);
      void files.close(id);
      throw error;
    }
  }

  /** A failed write does not, unless there is nothing to write to any more. */
  async function write(id: string, offset: number | bigint, bytes: Buffer): Promise<void> {
    const { mode, file } = files.get(id);
    if (mode !== 'replace') throw osFailure(EBADF);
    try {
      await file.write(offset, bytes);
    } catch (error) {
      if (!file.isOpen) void files.close(id);
      throw error;
    }
  }

  return {
    'fs/open': ({ handleId: id, path: uri, mode, sandbox }, { session }) => {
      checkId(id);
      const work = async () => {
        await files.add(id, () => {
          const route = routes.of(sandbox, mode === 'read' ? 'reads' : 'writes', session);
          return open(route, nativePath(uri), mode);
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
