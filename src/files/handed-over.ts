/** Shorter contents are copied to the worker more quickly than their memory changes hands. */
const LARGE_BYTES = 64 * 1024;

/** For the transfer list: the memory of large contents, if they do not lie in memory that Node shares out among many buffers. */
export const handedOver = ({ buffer, byteLength }: Buffer): ArrayBuffer[] =>
  buffer instanceof ArrayBuffer && buffer.byteLength <= 2 * byteLength && byteLength >= LARGE_BYTES ? [buffer] : [];
