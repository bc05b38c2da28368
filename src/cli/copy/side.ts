/** What a copy needs of each of its two ends. All paths are URIs; links are followed everywhere. */
import type { FileUri } from '../../protocol/ids.js';
import type { NativePath } from '../../protocol/path-uri.js';

export type Kind = 'file' | 'folder' | 'special';

export type Found =
  /** `size`: bytes. `modifiedAtMs`: whole milliseconds since 1970. */
  | { readonly kind: 'file'; readonly size: number; readonly modifiedAtMs: number }
  | { readonly kind: 'folder' | 'special' };

/** A file being read. */
export interface Source {
  /** So much was there when it was opened, bytes; undefined where the end of the file tells enough. */
  readonly size: number | undefined;
  /** The next bytes, which are good until the next call; undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

/** A file being written. Ends with `keep` or `discard`. */
export interface Sink {
  /** Resolves when more may come; the bytes may be used again then. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves, when everything has arrived, with the size of what is there. */
  close(): Promise<number>;
  /** Gives the file its name and mode. `mode`: permission bits of the source, where they are known. */
  keep(mode: number | undefined): Promise<void>;
  /** Gives up, whatever came before. `incomplete`: part of a file is left there. */
  discard(): Promise<'nothing left' | 'incomplete'>;
}

/**
 * Errors of all operations: what `blaming` of fault.ts takes for a fault of this one file, or others, which concern the
 * whole copy. The signal that a side was made with ends what runs.
 */
export interface Side {
  /** A file that is replaced is emptied first, and never is the old one until the new one is complete. */
  readonly writesInPlace: boolean;
  /** Undefined where nothing is. */
  look(uri: FileUri): Promise<Found | undefined>;
  /** The names in a folder, in no order. */
  list(folder: FileUri): Promise<readonly NativePath[]>;
  /** The path without links: the same for all ways that lead to one place. */
  identity(uri: FileUri): Promise<FileUri>;
  /** A folder that exists is fine. Its parent must exist. */
  makeFolder(uri: FileUri): Promise<void>;
  /** `size`: what it had when it was looked at. */
  read(uri: FileUri, size: number): Promise<Source>;
  write(uri: FileUri): Promise<Sink>;
  /** Permission bits of a file; undefined where they cannot be known. */
  permissions(uri: FileUri): Promise<number | undefined>;
  /** SHA-256 of a file in hexadecimal digits, computed at that end; undefined where it cannot be, or need not. */
  digest(uri: FileUri, size: number): Promise<string | undefined>;
}
