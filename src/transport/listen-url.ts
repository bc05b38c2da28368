import { isIPv4, isIPv6 } from 'node:net';
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
  const [, v6, v4, digits] = /^ws:\/\/(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(url) ?? [];
  const host = v6 ?? v4 ?? '';
  const port = Number(digits);
  const isAddress = v6 === undefined ? isIPv4(host) : isIPv6(host);
  if (isAddress && port <= 65_535) return { is: 'websocket', host, port };
  throw new StartupError(`invalid websocket --listen URL \`${url}\`; expected \`ws://IP:PORT\``);
}
