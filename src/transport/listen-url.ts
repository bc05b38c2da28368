import { parseSocketAddress } from './socket-address.js';
import { StartupError } from './startup-error.js';

/** Where peers come from. `host` is an IP address without brackets; port 0 asks for any free one. */
export type ListenTarget = { is: 'websocket'; host: string; port: number } | { is: 'stdio' };

export const DEFAULT_LISTEN_URL = 'ws://127.0.0.1:0';

/**
 * Reads the value of `--listen`: `ws://IP:PORT`, `stdio` or `stdio://`, in lower case, without a path.
 * Errors: `StartupError` with the texts of 0.169.0.
 */
export function parseListenUrl(url: string): ListenTarget {
  if (url === 'stdio' || url === 'stdio://') return { is: 'stdio' };
  if (!url.startsWith('ws://')) {
    throw new StartupError(`unsupported --listen URL \`${url}\`; expected \`ws://IP:PORT\` or \`stdio\``);
  }
  const address = parseSocketAddress(url.slice('ws://'.length));
  if (address) return { is: 'websocket', ...address };
  throw new StartupError(`invalid websocket --listen URL \`${url}\`; expected \`ws://IP:PORT\``);
}
