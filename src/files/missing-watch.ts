/** fs/watchMissing: a peer that remembers "this path does not exist" is told, once, when that may have changed. */
import { encodeNotification } from '../protocol/envelope.js';
import type { FileUri } from '../protocol/ids.js';
import { isNative, nativePath } from '../protocol/path-uri.js';
import type { PeerLink } from '../rpc/handlers.js';
import { WatchedPaths } from './watched-paths.js';

/** The one watch that a connection may have. */
export class MissingWatch {
  readonly #link: PeerLink;
  /** The greatest so far, of those refused, too. */
  #lastId: number | bigint = 0;
  #current: WatchedPaths | undefined;

  constructor(link: PeerLink) {
    this.#link = link;
    link.gone.addEventListener('abort', () => this.#end(), { once: true });
  }

  /**
   * Whether it is watched from now on; if so, `fs/missingChanged` follows in a later turn, once. `watchId` must be greater than
   * all before, and then the watch that was there ends in any case.
   */
  replace(watchId: number | bigint, missing: readonly FileUri[], present: FileUri | null): boolean {
    if (watchId <= this.#lastId) return false;
    this.#lastId = watchId;
    this.#end();
    const uris = present === null ? missing : [...missing, present];
    if (this.#link.gone.aborted || !uris.every(isNative)) return false;
    const paths = missing.map(pathBytes);
    this.#current = WatchedPaths.open(paths, present === null ? undefined : pathBytes(present), () => {
      this.#current = undefined;
      this.#link.notify(encodeNotification('fs/missingChanged', `{"watchId":${watchId}}`));
    });
    return this.#current !== undefined;
  }

  #end(): void {
    this.#current?.[Symbol.dispose]();
    this.#current = undefined;
  }
}

/** One character per byte. */
const pathBytes = (uri: FileUri) => Buffer.from(nativePath(uri) as string).toString('latin1');
