/** fs/*: file operations. Fields in the order of the reference. Source: 0.169.0. */
import type * as v from 'valibot';
import {
  amount,
  attemptedBase64,
  base64,
  boolean,
  defaulted,
  fileUri,
  keptName,
  list,
  nullable,
  oneOf,
  size,
  string,
  u64,
} from './fields.js';
import { sandboxContext } from './sandbox.js';
import { struct } from './struct.js';

const sandbox = nullable(sandboxContext);
/** False: no component of the path may be a link. */
const followSymlinks = defaulted(nullable(boolean), null);

export const readFileParams = struct('WireFsReadFileParams', { path: fileUri, followSymlinks, sandbox });
export const readFileResult = struct('FsReadFileResponse', { dataBase64: base64 });

/** What is not base64 is refused by the method itself, with a code of its own. */
export const writeFileParams = struct('WireFsWriteFileParams', {
  path: fileUri,
  dataBase64: attemptedBase64,
  followSymlinks,
  sandbox,
});

export const createDirectoryParams = struct('WireFsCreateDirectoryParams', {
  path: fileUri,
  recursive: nullable(boolean),
  followSymlinks,
  sandbox,
});

export const getMetadataParams = struct('WireFsGetMetadataParams', { path: fileUri, followSymlinks, sandbox });
/** Times are whole milliseconds; 0 stands for unknown. All but `isSymlink` describe what a link leads to. */
export const getMetadataResult = struct('FsGetMetadataResponse', {
  isDirectory: boolean,
  isFile: boolean,
  isSymlink: defaulted(boolean, false),
  size: amount,
  createdAtMs: amount,
  modifiedAtMs: amount,
});

export const canonicalizeParams = struct('WireFsCanonicalizeParams', { path: fileUri, sandbox });
export const canonicalizeResult = struct('FsCanonicalizeResponse', { path: fileUri });

export const readDirectoryParams = struct('WireFsReadDirectoryParams', { path: fileUri, sandbox });
export const readDirectoryResult = struct('FsReadDirectoryResponse', {
  entries: list(struct('FsReadDirectoryEntry', { fileName: string, isDirectory: boolean, isFile: boolean })),
});

const walkOptions = struct('WalkOptions', {
  maxDepth: size,
  maxDirectories: size,
  maxEntries: size,
  followDirectorySymlinks: boolean,
  pruneHiddenDirectories: defaulted(boolean, false),
});
export const walkParams = struct('WireFsWalkParams', { path: fileUri, options: walkOptions, sandbox });
export const walkResult = struct('FsWalkResponse', {
  entries: list(struct('FsWalkEntry', { path: fileUri, kind: oneOf('directory', 'file') })),
  errors: list(struct('FsWalkError', { path: fileUri, message: string })),
  truncated: boolean,
});

/** Both flags null: true. */
export const removeParams = struct('WireFsRemoveParams', {
  path: fileUri,
  recursive: nullable(boolean),
  force: nullable(boolean),
  followSymlinks,
  sandbox,
});

export const copyParams = struct('WireFsCopyParams', {
  sourcePath: fileUri,
  destinationPath: fileUri,
  recursive: boolean,
  sandbox,
});

export const openParams = struct('WireFsOpenParams', {
  handleId: keptName,
  path: fileUri,
  mode: defaulted(oneOf('read', 'replace'), 'read'),
  sandbox,
});
export const openResult = struct('FsOpenResponse', { handleId: keptName });

/** `offset` is exact over all 64 bits, since the end of the range has an error of its own. */
export const readBlockParams = struct('FsReadBlockParams', { handleId: keptName, offset: u64, len: size });
export const readBlockResult = struct('FsReadBlockResponse', { chunk: base64, eof: boolean });

export const writeBlockParams = struct('FsWriteBlockParams', { handleId: keptName, offset: u64, chunk: base64 });

export const closeParams = struct('FsCloseParams', { handleId: keptName });

/** `watchId` is exact over all 64 bits: it is compared and echoed. */
export const watchMissingParams = struct('FsWatchMissingParams', {
  watchId: u64,
  missing: list(fileUri),
  present: nullable(fileUri),
});
export const watchMissingResult = struct('FsWatchMissingResponse', { watching: boolean });

/** fs/missingChanged: a path that was missing may be there now. */
export const missingChanged = struct('FsMissingChangedNotification', { watchId: u64 });

export type ReadFileParams = v.InferOutput<typeof readFileParams>;
export type WriteFileParams = v.InferOutput<typeof writeFileParams>;
export type CreateDirectoryParams = v.InferOutput<typeof createDirectoryParams>;
export type GetMetadataParams = v.InferOutput<typeof getMetadataParams>;
export type FileMetadata = v.InferOutput<typeof getMetadataResult>;
export type CanonicalizeParams = v.InferOutput<typeof canonicalizeParams>;
export type ReadDirectoryParams = v.InferOutput<typeof readDirectoryParams>;
export type WalkParams = v.InferOutput<typeof walkParams>;
export type WalkResult = v.InferOutput<typeof walkResult>;
export type RemoveParams = v.InferOutput<typeof removeParams>;
export type CopyParams = v.InferOutput<typeof copyParams>;
export type OpenParams = v.InferOutput<typeof openParams>;
export type ReadBlockParams = v.InferOutput<typeof readBlockParams>;
export type WriteBlockParams = v.InferOutput<typeof writeBlockParams>;
export type CloseParams = v.InferOutput<typeof closeParams>;
export type WatchMissingParams = v.InferOutput<typeof watchMissingParams>;
export type MissingChanged = v.InferOutput<typeof missingChanged>;
