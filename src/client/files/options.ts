import type { MethodParams } from '../../protocol/methods.js';
import { badArgument } from '../errors.js';
import type { ByteRange } from './block-plan.js';

/** What every operation on files takes. */
export interface FileOptions {
  /** Stops waiting with `ABORTED`; what the executor has begun may still happen. */
  readonly signal?: AbortSignal | undefined;
  /** Rights under which the executor does this, in their wire form. Default: none are taken away. */
  readonly sandbox?: MethodParams['fs/readFile']['sandbox'];
}

export interface SymlinkOptions extends FileOptions {
  /**
   * False: refuse when the path, or any directory on its way, is a symbolic link. Default true. Executors before 0.150.0
   * do not know this and follow.
   */
  readonly followSymlinks?: boolean | undefined;
}

export interface CreateDirectoryOptions extends SymlinkOptions {
  /** Make missing parents too, and take an existing directory for a success. Default true. */
  readonly recursive?: boolean | undefined;
}

export interface RemoveOptions extends SymlinkOptions {
  /** Remove directories with everything in them. Default false: of directories only empty ones go. */
  readonly recursive?: boolean | undefined;
  /** Take a missing path for a success. Default false. */
  readonly force?: boolean | undefined;
}

export interface CopyOptions extends FileOptions {
  /** Copy directories with everything in them, into what is there already. Default false: a directory is refused. */
  readonly recursive?: boolean | undefined;
}

export interface WalkOptions extends FileOptions {
  /** Levels below the directory that are entered; 0: only its own entries. At most and by default 64. */
  readonly maxDepth?: number | undefined;
  /** Directories that are entered, the first one included. At most and by default 10,000. */
  readonly maxDirectories?: number | undefined;
  /** Entries that are looked at. At most and by default 50,000. */
  readonly maxEntries?: number | undefined;
  /** Enter directories behind links, each once. Default false. */
  readonly followDirectorySymlinks?: boolean | undefined;
  /** Do not enter directories whose name begins with a dot. Default false. */
  readonly pruneHiddenDirectories?: boolean | undefined;
}

export interface OpenReadOptions extends FileOptions {
  /** First byte, counted from 0. Default 0. Behind the end of the file there is nothing to read. */
  readonly start?: number | undefined;
  /** The byte before which to stop, as in `slice`. Default: the end of the file. */
  readonly end?: number | undefined;
  /** Blocks of 1 MiB asked for at once, and so held for a slow reader: 1 to 32. Default 4. */
  readonly readahead?: number | undefined;
}

/** Source: our measurements. Three times the rate of one at a time when an answer takes 40 ms; on one machine all are alike. */
const READAHEAD = 4;
/** Executors of the reference stop answering when some hundreds of requests wait. */
const MOST_READAHEAD = 32;

/** Errors: `BAD_ARGUMENT`. */
export function byteRange({ start = 0, end = Number.MAX_SAFE_INTEGER }: OpenReadOptions): ByteRange {
  requireWhole('start', start);
  requireWhole('end', end, start);
  return { start, end };
}

/** Errors: `BAD_ARGUMENT`. */
export function readahead({ readahead = READAHEAD }: OpenReadOptions): number {
  requireWhole('readahead', readahead, 1, MOST_READAHEAD);
  return readahead;
}

/** Errors: `BAD_ARGUMENT`. */
export function requireWhole(field: string, value: number, least = 0, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw badArgument(field, `expected a whole number from ${least} to ${most}, got ${value}`);
}
