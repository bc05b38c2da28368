/**
 * JSON-RPC messages as a stream of bytes, cut into records. Every record is encrypted by itself and is one data frame.
 *
 *   stream   [ u32 length, big-endian ][ JSON ] [ u32 length ][ JSON ] ...
 *   records  |---- 61,440 ----|---- 61,440 ----|-- rest --|
 */
import { RELAY_MESSAGE_BYTES, RELAY_RECORD_BYTES } from '../protocol/limits.js';
import { messageTooLong } from './errors.js';

/** Plaintext of one record, in parts that follow each other: views of the messages, which stay untouched until it is encrypted. */
export interface PlainRecord {
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
}

export const LENGTH_BYTES = 4;

/**
 * The records of messages that leave together: they share records, so that small ones which belong together arrive together.
 * Errors, before the first record: `messageTooLong` above 64 MiB.
 */
export function cutRecords(messages: readonly Uint8Array[]): readonly PlainRecord[] {
  if (messages.some(({ length }) => length > RELAY_MESSAGE_BYTES)) throw messageTooLong();
  return [...cut(messages.flatMap((message) => [lengthOf(message), message]))];
}

function lengthOf({ length }: Uint8Array): Uint8Array {
  if (length === 0) throw new RangeError('a JSON-RPC message without bytes');
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES);
  bytes.writeUInt32BE(length);
  return bytes;
}

function* cut(stream: readonly Uint8Array[]): Iterable<PlainRecord> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  for (const piece of stream) {
    for (let from = 0; from < piece.length; ) {
      const part = piece.subarray(from, from + RELAY_RECORD_BYTES - bytes);
      parts.push(part);
      bytes += part.length;
      from += part.length;
      if (bytes < RELAY_RECORD_BYTES) continue;
      yield { parts, bytes };
      [parts, bytes] = [[], 0];
    }
  }
  if (bytes > 0) yield { parts, bytes };
}
