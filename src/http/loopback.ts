/** `localhost`, 127.0.0.0/8 and `::1`, and nothing that only leads there. Compared is what a browser makes of the URL. */
import { isIPv4 } from 'node:net';

export const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
