/** What the sandbox must know of the disk at a launch. Asked synchronously, in a worker; paths are text, see paths.ts. */

export interface Disk {
  /** What is at the path. Nothing is followed: all above it are directories, each found so by an earlier question. */
  look(path: string): Found;
  list(directory: string): Listing;
  /** The text of a regular file of at most so many bytes; undefined for any other, and when it cannot be read. */
  readText(path: string, limitBytes: number): string | undefined;
}

export type Found =
  | { readonly is: 'nothing' }
  /** `identity` tells one object from another that takes its place: device and inode. `other`: a pipe, socket or device. */
  | { readonly is: 'directory' | 'file' | 'other'; readonly identity: string }
  | { readonly is: 'link'; readonly target: string }
  /** Not for us to look at, nor for any program that we start. */
  | { readonly is: 'closed' }
  /** It cannot be looked at for another reason, or it is a link to something that is no text: programs may know a way. */
  | { readonly is: 'unknown' };

export type Listing =
  | { readonly is: 'names'; readonly entries: readonly ListedEntry[] }
  | { readonly is: 'nothing' }
  /** It is there, and may not be listed. */
  | { readonly is: 'unlistable' };

export interface ListedEntry {
  /** Where it is not UTF-8, with replacement characters. */
  readonly name: string;
  readonly isUtf8: boolean;
  readonly kind: 'directory' | 'link' | 'other';
}
