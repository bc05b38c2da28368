import { badArgument } from '../errors.js';

/** Text as UTF-8; bytes as they are, not copied. Errors: `BAD_ARGUMENT`. */
export function toBytes(field: string, data: unknown): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw badArgument(field, 'expected a string or a Uint8Array');
}

/** Bytes as they go over the wire. */
export const encodeBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
