/** What the threads for files are asked to do: one task per operation, each with its answer. */
import type { FileMetadata } from '../protocol/files.js';
import type { FileUri } from '../protocol/ids.js';
import type { ReadyResult } from '../protocol/ready-result.js';
import type { ConnectionEnds } from '../transport/admission.js';

/** A native path; bytes where it is not UTF-8. */
export type FilePath = string | Uint8Array;

/** Paths of which nothing is looked at, with all that is below them: absolute, without links. */
export type Hidden = readonly string[];

/** Whether there is something that must not be seen, see hidden-places.ts; a helper in a sandbox sees only what it may. */
export interface Sight {
  readonly hidden?: Hidden;
}

export interface Place extends Sight {
  readonly path: FilePath;
  /** False: no component of the path may be a link. */
  readonly followSymlinks: boolean;
}

export interface WalkLimits {
  readonly maxDepth: number;
  readonly maxDirectories: number;
  readonly maxEntries: number;
  readonly followDirectorySymlinks: boolean;
  readonly pruneHiddenDirectories: boolean;
}

/** What a file looked like when it was read; equal stamps mean that it has not changed, see `trusted`. */
export interface FileStamp {
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** The last change was so long ago that any later one shows in the times. */
  readonly trusted: boolean;
}

/** What tells where the user's own files are; empty counts as unset. */
export interface HomeVariables {
  readonly HOME: string | undefined;
  readonly CODEX_HOME: string | undefined;
}

/** With a `refusal` it is not looked at. */
export interface RootToDiscover extends Sight {
  readonly id: string;
  readonly path: FileUri;
  readonly refusal: string | null;
}

/** Tasks and answers. Results called JSON are the text of the method's result. */
export interface FileTasks {
  /** `limitBytes`: the largest file that is read. Answers with the method's result; its memory is handed over. */
  readFile: { task: Place & { readonly limitBytes: number }; result: ReadyResult };
  /** Decoded already: as text the contents would cost more to pass on than all the rest. */
  writeFile: { task: Place & { readonly bytes: Uint8Array }; result: undefined };
  createDirectory: { task: Place & { readonly recursive: boolean }; result: undefined };
  getMetadata: { task: Place; result: FileMetadata };
  canonicalize: { task: Sight & { readonly path: FilePath }; result: FileUri };
  readDirectory: { task: Sight & { readonly path: FilePath }; result: string };
  walk: { task: Sight & { readonly root: FileUri; readonly limits: WalkLimits }; result: string };
  remove: { task: Place & { readonly recursive: boolean; readonly force: boolean }; result: undefined };
  /** Stops between two pieces of work when `gone[0]` is no longer 0; what was copied by then stays. */
  copy: {
    task: {
      readonly source: FilePath;
      readonly destination: FilePath;
      readonly recursive: boolean;
      readonly gone: Int32Array;
    };
    result: undefined;
  };
  /** The descriptor belongs to whoever asked. */
  openFile: {
    task: Sight & { readonly path: FilePath; readonly mode: 'read' | 'replace' };
    result: { readonly fd: number };
  };
  /** Writes the method's result into `slot` (BLOCK_SLOT_BYTES of block-slots.ts); `memory` of the answer is a view of it. */
  readBlock: {
    task: {
      readonly fd: number;
      readonly offset: number | bigint;
      readonly length: number;
      readonly slot: SharedArrayBuffer;
    };
    result: { readonly start: number; readonly end: number; readonly eof: boolean; readonly stamp: FileStamp };
  };
  writeBlock: {
    task: { readonly fd: number; readonly offset: number | bigint; readonly bytes: Uint8Array };
    result: undefined;
  };
  /** `cwd` need not exist. Answers with the method's result as JSON. */
  readConfig: {
    task: {
      readonly variables: HomeVariables;
      readonly systemFolder: string;
      readonly cwd: FilePath;
      readonly configPaths: readonly (readonly string[])[];
      readonly requirementsPaths: readonly (readonly string[])[];
    };
    result: string;
  };
  /** Answers with the method's result as JSON, of at most `limitBytes`. */
  discoverRoots: {
    task: {
      readonly roots: readonly RootToDiscover[];
      readonly limitBytes: number;
    };
    result: string;
  };
  /** Answers with the method's result as JSON. */
  discoverInstalled: {
    task: Sight & { readonly variables: HomeVariables; readonly systemFolder: string };
    result: string;
  };
  /** Whether each connection is certain not to come from a sandbox. It is about processes, but all that it does is to read files. */
  judgePeers: { task: { readonly connections: readonly ConnectionEnds[] }; result: readonly boolean[] };
}

export type FileOperation = keyof FileTasks;

/** How an operation came out. Errors lose their class on the way between threads, so they travel as what they are for the peer. */
export type FileOutcome<T> =
  | { readonly done: T }
  | { readonly fault: { readonly code: number; readonly message: string } };
