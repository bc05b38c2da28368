/** fs/open, fs/readBlock, fs/writeBlock, fs/close: files that one connection holds open. */
import type { FilePool } from '../pool/file-pool.js';
import type { Handlers, PeerLink } from '../rpc/handlers.js';
import type { PathOrder } from './path-order.js';
import type { Turns } from './turns.js';

export interface StreamHost {
  readonly pool: FilePool;
  readonly order: PathOrder;
  readonly turns: Turns;
  readonly link: PeerLink;
}

export function streamHandlers(_host: StreamHost): Handlers {
  return {};
}
