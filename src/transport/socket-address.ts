import { isIPv6 } from 'node:net';

/** `IP:PORT` as peers see it in addresses and error texts: IPv6 in brackets. Source: 0.169.0. */
export const formatSocketAddress = (address: string, port: number): string =>
  isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
