/** The fs/* methods of one connection. */
import type { FileWorkers } from '../pool/file-pool.js';
import { writeFileNeedsBase64 } from '../protocol/errors.js';
import {
  FILE_TASKS_AT_ONCE,
  READ_FILE_BYTES,
  TREE_TASKS_AT_ONCE,
  WHOLE_FILE_READS_AT_ONCE,
} from '../protocol/limits.js';
import { isNative, nativePath } from '../protocol/path-uri.js';
import type { Handlers, PeerLink, Reply } from '../rpc/handlers.js';
import { Turns } from '../rpc/turns.js';
import { untilSent } from '../rpc/until-sent.js';
import { handedOver } from './handed-over.js';
import { canonicalPath, metadataOf, metadataText } from './metadata.js';
import { MissingWatch } from './missing-watch.js';
import { type Access, PathOrder } from './path-order.js';
import { Promptness } from './promptness.js';
import { refuseSandbox } from './refuse-sandbox.js';
import { smallFileText } from './small-file.js';
import { streamHandlers } from './stream-handlers.js';

export interface FileHost {
  readonly pool: FileWorkers;
  /** Largest reply that is sent. */
  readonly replyLimitBytes: number;
}

/** With so much on its way to the peer, what is read here would only stand in line behind it. Source: our own. */
const QUEUED_BYTES_WITH_READS_HERE = 8 << 20;

export function fileHandlers({ pool: workers, replyLimitBytes }: FileHost, link: PeerLink): Handlers {
  const pool = whileThere(workers, link.gone);
  const order = new PathOrder();
  const turns = new Turns(FILE_TASKS_AT_ONCE);
  const trees = new Turns(TREE_TASKS_AT_ONCE);
  const wholeReads = new Turns(WHOLE_FILE_READS_AT_ONCE);
  const promptness = new Promptness();
  const watch = new MissingWatch(link);
  const limitBytes = largestFile(replyLimitBytes);
  const gone = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  link.gone.addEventListener('abort', () => gone.fill(1));

  const inTurn = <T>(access: Access, work: () => Promise<T>) => order.run(access, () => turns.run(work));
  /** For whole trees: they leave room for what is shorter. */
  const inLongTurn = <T>(access: Access, work: () => Promise<T>) =>
    order.run(access, () => trees.run(() => turns.run(work)));

  /** In this thread while that is quick: a hop to another costs more than the call. */
  const quickly = (access: Access, here: () => string, there: () => Promise<string>): Reply | Promise<Reply> =>
    order.isFree(access) && promptness.allows() ? promptness.time(here) : inTurn(access, there);

  return {
    ...streamHandlers({ pool, order, turns, promptness, link }),

    'fs/getMetadata': ({ path: uri, followSymlinks, sandbox }) => {
      refuseSandbox(sandbox);
      const place = { path: nativePath(uri), followSymlinks: followSymlinks ?? true };
      return quickly(
        { reads: [place.path] },
        () => metadataText(metadataOf(place)),
        async () => metadataText(await pool.run('getMetadata', place)),
      );
    },

    'fs/canonicalize': ({ path: uri, sandbox }) => {
      refuseSandbox(sandbox);
      const path = nativePath(uri);
      return quickly(
        { reads: [path] },
        () => pathText(canonicalPath(path)),
        async () => pathText(await pool.run('canonicalize', { path })),
      );
    },

    'fs/readFile': ({ path: uri, followSymlinks, sandbox }) => {
      refuseSandbox(sandbox);
      const place = { path: nativePath(uri), followSymlinks: followSymlinks ?? true };
      const access = { reads: [place.path] };
      if (link.queuedBytes < QUEUED_BYTES_WITH_READS_HERE && order.isFree(access) && promptness.allows()) {
        const text = promptness.time(() => smallFileText(place));
        if (text !== undefined) return text;
      }
      const work = () => turns.run(() => pool.run('readFile', { ...place, limitBytes }));
      return order.run(access, () => untilSent(wholeReads, work));
    },

    'fs/writeFile': ({ path: uri, dataBase64, followSymlinks, sandbox }) => {
      if ('fault' in dataBase64) throw writeFileNeedsBase64(dataBase64.fault);
      refuseSandbox(sandbox);
      const path = nativePath(uri);
      const task = { path, followSymlinks: followSymlinks ?? true, bytes: dataBase64.bytes };
      return inTurn({ writes: [path] }, async () => done(await pool.run('writeFile', task, handedOver(task.bytes))));
    },

    'fs/createDirectory': ({ path: uri, recursive, followSymlinks, sandbox }) => {
      refuseSandbox(sandbox);
      const path = nativePath(uri);
      const task = { path, followSymlinks: followSymlinks ?? true, recursive: recursive ?? true };
      return inTurn({ writes: [path] }, async () => done(await pool.run('createDirectory', task)));
    },

    'fs/readDirectory': ({ path: uri, sandbox }) => {
      refuseSandbox(sandbox);
      const path = nativePath(uri);
      const work = () => pool.run('readDirectory', { path });
      return order.run({ reads: [path] }, () => untilSent(turns, work));
    },

    'fs/walk': ({ path: root, options: limits, sandbox }) => {
      refuseSandbox(sandbox);
      // Bad limits are told of before a root of another kind of host, and both by the walk.
      const access = isNative(root) ? { reads: [nativePath(root)] } : {};
      const work = () => turns.run(() => pool.run('walk', { root, limits }));
      return order.run(access, () => untilSent(trees, work));
    },

    'fs/remove': ({ path: uri, recursive, force, followSymlinks, sandbox }) => {
      refuseSandbox(sandbox);
      const path = nativePath(uri);
      const task = {
        path,
        followSymlinks: followSymlinks ?? true,
        recursive: recursive ?? true,
        force: force ?? true,
      };
      return inLongTurn({ writes: [path] }, async () => done(await pool.run('remove', task)));
    },

    'fs/copy': ({ sourcePath, destinationPath, recursive, sandbox }) => {
      refuseSandbox(sandbox);
      const source = nativePath(sourcePath);
      const destination = nativePath(destinationPath);
      const task = { source, destination, recursive, gone };
      const access = { reads: [source], writes: [destination] };
      return inLongTurn(access, async () => done(await pool.run('copy', task)));
    },

    'fs/watchMissing': ({ watchId, missing, present }) => `{"watching":${watch.replace(watchId, missing, present)}}`,
  };
}

/** What has not begun when the connection ends is not done any more: nobody waits for it, and others for the workers. */
const whileThere = (pool: FileWorkers, gone: AbortSignal): FileWorkers => ({
  slots: pool.slots,
  run: async (...asked) => {
    gone.throwIfAborted();
    return pool.run(...asked);
  },
});

const done = (_: undefined) => '{}';
const pathText = (uri: string) => `{"path":${JSON.stringify(uri)}}`;

/** Of a reply, so much is not the file. */
const REPLY_ENVELOPE_BYTES = 1024;

/** The largest file that fits into a reply as base64. */
const largestFile = (replyLimitBytes: number) =>
  Math.min(READ_FILE_BYTES, Math.floor(Math.max(replyLimitBytes - REPLY_ENVELOPE_BYTES, 0) / 4) * 3);
