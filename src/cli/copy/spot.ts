/** One file or folder of either end, with what it is called toward people. Paths of both ends are URIs, so that names survive that are not UTF-8. */
import type { FileUri } from '../../protocol/ids.js';
import { joinUri, type NativePath, nativePath } from '../../protocol/path-uri.js';
import { printable } from './printable.js';

export interface Spot {
  readonly uri: FileUri;
  readonly shown: string;
}

export const inFolder = (folder: Spot, name: NativePath): Spot => ({
  uri: joinUri(folder.uri, name),
  shown: `${folder.shown.replace(/\/$/, '')}/${printable(name)}`,
});

/** The name in its folder; also of a path of another kind of host. */
export function nameOf(uri: FileUri): NativePath {
  const segment = uri.replace(/\/+$/, '').split('/').at(-1)!;
  // Below a folder, where no name can be taken for a drive.
  const path = nativePath(`file:///-/${segment}` as FileUri);
  return typeof path === 'string' ? path.slice('/-/'.length) : path.subarray('/-/'.length);
}
