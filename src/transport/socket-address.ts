import { isIPv4, isIPv6 } from 'node:net';

export interface SocketAddress {
  /** An IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads `IP:PORT`, an IPv6 address in brackets. */
export function parseSocketAddress(text: string): SocketAddress | undefined {
  const [, v6, v4, digits] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const host = v6 ?? v4 ?? '';
  const port = Number(digits);
  const isAddress = v6 === undefined ? isIPv4(host) : isIPv6(host);
  return isAddress && port <= 65_535 ? { host, port } : undefined;
}

/** `IP:PORT` as peers see it in addresses and error texts: IPv6 in brackets. Source: 0.169.0. */
export const formatSocketAddress = (address: string, port: number): string =>
  isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
