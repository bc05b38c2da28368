/**
 * Secrets on their way to another thread. What is sent as it is stays behind as a copy, and takes along whatever else lies in the memory
 * of its views, which may be a pool of other messages. So each array of bytes moves into memory of its own first, which is then handed over.
 */
import { wipe } from '../noise/secrets.js';

export interface Parcel<T> {
  /** The same value; its arrays of bytes are plain ones. */
  readonly contents: T;
  /** To be transferred with the contents. */
  readonly memory: readonly ArrayBuffer[];
}

/** `value` is plain data: objects of texts, numbers, booleans and bytes. It stays as it is. */
export function parcelOf<T>(value: T): Parcel<T> {
  const memory: ArrayBuffer[] = [];
  return { contents: moved(value, memory) as T, memory };
}

/** Overwrites all bytes in plain data, except those that another thread has by now. */
export function wipeBytes(value: unknown): void {
  // Memory that was transferred has no bytes here, and must not even be written to.
  if (value instanceof Uint8Array) wipe(...(value.buffer.byteLength > 0 ? [value] : []));
  else if (isObject(value)) for (const part of Object.values(value)) wipeBytes(part);
}

function moved(value: unknown, memory: ArrayBuffer[]): unknown {
  if (value instanceof Uint8Array) {
    const own = new ArrayBuffer(value.length);
    memory.push(own);
    const bytes = new Uint8Array(own);
    bytes.set(value);
    return bytes;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, moved(part, memory)]));
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
