/** Where a copy ends up, by the rules of `cp -r` and `scp -r`. Pure. */
import type { Kind } from './side.js';

/** A source or destination as given: what is there, and whether its text demands a folder by a slash at its end. */
export interface Given {
  readonly kind: Kind;
  readonly endsInSlash: boolean;
}

export interface CopyRequest {
  readonly source: Given;
  /** `.`, `..` and `/` have no name: what is in them goes into the destination itself. */
  readonly sourceHasName: boolean;
  /** Kind `missing` where nothing is there. */
  readonly destination: { readonly kind: Kind | 'missing'; readonly endsInSlash: boolean };
  readonly recursive: boolean;
}

export type Placement =
  | { readonly put: 'inside' | 'as itself' }
  /** `of`: which of the two is to blame. */
  | { readonly refusal: string; readonly of: 'source' | 'destination' };

export function placement({ source, sourceHasName, destination, recursive }: CopyRequest): Placement {
  const isFolder = source.kind === 'folder';
  if (isFolder && !recursive) return { refusal: 'is a folder; -r copies it with all it holds', of: 'source' };
  if (source.endsInSlash && !isFolder) return { refusal: 'is not a folder', of: 'source' };
  switch (destination.kind) {
    case 'folder':
      return { put: sourceHasName ? 'inside' : 'as itself' };
    case 'missing':
      if (!isFolder && destination.endsInSlash) return { refusal: 'no such folder', of: 'destination' };
      return { put: 'as itself' };
    case 'file':
    case 'special':
      if (isFolder || destination.endsInSlash) return { refusal: 'is not a folder', of: 'destination' };
      return { put: 'as itself' };
    default:
      return destination.kind satisfies never;
  }
}

/** Whether a path can only mean a folder. */
export const meansFolder = (path: string): boolean => /(?:\/|(?:^|\/)\.{1,2})$/.test(path);

/** Whether the last part of a path is a name, and neither a dot nor the root. */
export const hasName = (path: string): boolean =>
  !['', '.', '..'].includes(path.replace(/\/+$/, '').split('/').at(-1)!);
