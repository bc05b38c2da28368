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
import type { Handlers, PeerLink } from '../rpc/handlers.js';
import { Turns } from '../rpc/turns.js';
import { untilSent } from '../rpc/until-sent.js';
import { handedOver } from './handed-over.js';
import { canonicalPath, metadataOf, metadataText } from './metadata.js';
import { MissingWatch } from './missing-watch.js';
import { type Access, PathOrder } from './path-order.js';
import { Promptness } from './promptness.js';
import { Routes, type SandboxHost } from './routes.js';
import { smallFileText } from './small-file.js';
import { streamHandlers } from './stream-handlers.js';

export interface FileHost {
  readonly pool: FileWorkers;
  readonly sandboxes: SandboxHost;
  /** Largest reply that is sent. */
  readonly replyLimitBytes: number;
}

/** With so much on its way to the peer, what is read here would only stand in line behind it. Source: our own. */
const QUEUED_BYTES_WITH_READS_HERE = 8 << 20;

export function fileHandlers({ pool: workers, sandboxes, replyLimitBytes }: FileHost, link: PeerLink): Handlers {
  const pool = whileThere(workers, link.gone);
  const routes = new Routes(pool, sandboxes, link.gone);
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
  const isQuickHere = (access: Access) => order.isFree(access) && promptness.allows();

  return {
    ...streamHandlers({ pool, routes, order, turns, promptness, link }),

    'fs/getMetadata': ({ path: uri, followSymlinks, sandbox }, { session }) => {
      const route = routes.of(sandbox, 'reads', session);
      const place = { path: nativePath(uri), followSymlinks: followSymlinks ?? true };
      const access = { reads: [place.path] };
      if (route.by === 'us' && isQuickHere(access)) {
        return promptness.time(() => metadataText(metadataOf({ ...place, ...route.sight })));
      }
      return inTurn(access, async () => metadataText(await routes.run(route, 'getMetadata', place)));
    },

    'fs/canonicalize': ({ path: uri, sandbox }, { session }) => {
      const route = routes.of(sandbox, 'reads', session);
      const path = nativePath(uri);
      const access = { reads: [path] };
      if (route.by === 'us' && isQuickHere(access)) {
        return promptness.time(() => pathText(canonicalPath(path, route.sight.hidden)));
      }
      return inTurn(access, async () => pathText(await routes.run(route, 'canonicalize', { path })));
    },

    'fs/readFile': ({ path: uri, followSymlinks, sandbox }, { session }) => {
      const route = routes.of(sandbox, 'reads', session);
      const place = { path: nativePath(uri), followSymlinks: followSymlinks ?? true };
      const access = { reads: [place.path] };
      if (route.by === 'us' && link.queuedBytes < QUEUED_BYTES_WITH_READS_HERE && isQuickHere(access)) {
        const text = promptness.time(() => smallFileText({ ...place, ...route.sight }));
        if (text !== undefined) return text;
      }
      const work = () => turns.run(() => routes.run(route, 'readFile', { ...place, limitBytes }));
      return order.run(access, () => untilSent(wholeReads, work));
    },

    'fs/writeFile': ({ path: uri, dataBase64, followSymlinks, sandbox }, { session }) => {
      if ('fault' in dataBase64) throw writeFileNeedsBase64(dataBase64.fault);
      const route = routes.of(sandbox, 'writes', session);
      const path = nativePath(uri);
      const { bytes } = dataBase64;
      const task = { path, followSymlinks: followSymlinks ?? true, bytes };
      const work = () => routes.run(route, 'writeFile', task, handedOver(bytes));
      return inTurn({ writes: [path] }, async () => done(await work()));
    },

    'fs/createDirectory': ({ path: uri, recursive, followSymlinks, sandbox }, { session }) => {
      const route = routes.of(sandbox, 'writes', session);
      const path = nativePath(uri);
      const task = { path, followSymlinks: followSymlinks ?? true, recursive: recursive ?? true };
      return inTurn({ writes: [path] }, async () => done(await routes.run(route, 'createDirectory', task)));
    },

    'fs/readDirectory': ({ path: uri, sandbox }, { session }) => {
      const route = routes.of(sandbox, 'reads', session);
      const path = nativePath(uri);
      const work = () => routes.run(route, 'readDirectory', { path });
      return order.run({ reads: [path] }, () => untilSent(turns, work));
    },

    'fs/walk': ({ path: root, options: limits, sandbox }, { session }) => {
      const route = routes.of(sandbox, 'reads', session);
      // Bad limits are told of before a root of another kind of host, and both by the walk.
      const access = isNative(root) ? { reads: [nativePath(root)] } : {};
      const work = () => turns.run(() => routes.run(route, 'walk', { root, limits }));
      return order.run(access, () => untilSent(trees, work));
    },

    'fs/remove': ({ path: uri, recursive, force, followSymlinks, sandbox }, { session }) => {
      const route = routes.of(sandbox, 'writes', session);
      const path = nativePath(uri);
      const task = {
        path,
        followSymlinks: followSymlinks ?? true,
        recursive: recursive ?? true,
        force: force ?? true,
      };
      return inLongTurn({ writes: [path] }, async () => done(await routes.run(route, 'remove', task)));
    },

    'fs/copy': ({ sourcePath, destinationPath, recursive, sandbox }, { session }) => {
      const route = routes.of(sandbox, 'writes', session);
      const source = nativePath(sourcePath);
      const destination = nativePath(destinationPath);
      const task = { source, destination, recursive, gone };
      const access = { reads: [source], writes: [destination] };
      return inLongTurn(access, async () => done(await routes.run(route, 'copy', task)));
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
