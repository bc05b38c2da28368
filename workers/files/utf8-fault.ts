/** Why bytes are not UTF-8 and where that begins, in the words of the reference (Rust's `Utf8Error`); undefined when they are. */
import { isUtf8 } from 'node:buffer';

export function utf8Fault(bytes: Uint8Array): string | undefined {
  if (isUtf8(bytes)) return undefined;
  let index = 0;
  for (;;) {
    const { length, valid } = sequenceAt(bytes, index);
    if (valid === length) index += length;
    else if (index + valid === bytes.length && valid > 0) return `incomplete utf-8 byte sequence from index ${index}`;
    else return `invalid utf-8 sequence of ${Math.max(valid, 1)} bytes from index ${index}`;
  }
}

/** How long the sequence is by its first byte, and how many of its bytes are as they must be. */
function sequenceAt(bytes: Uint8Array, index: number): { length: number; valid: number } {
  const lead = bytes[index] ?? 0xff;
  const length = lengthOf(lead);
  let valid = length === 0 ? 0 : 1;
  while (valid > 0 && valid < length && continues(lead, valid, bytes[index + valid])) valid++;
  return { length: Math.max(length, 1), valid };
}

function lengthOf(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** No overlong forms, no surrogates, nothing beyond U+10FFFF: the second byte has a range of its own behind these first ones. */
const SECOND_BYTES: ReadonlyMap<number, readonly [low: number, high: number]> = new Map([
  [0xe0, [0xa0, 0xbf]],
  [0xed, [0x80, 0x9f]],
  [0xf0, [0x90, 0xbf]],
  [0xf4, [0x80, 0x8f]],
]);

function continues(lead: number, position: number, byte = 0): boolean {
  const [low, high] = (position === 1 ? SECOND_BYTES.get(lead) : undefined) ?? [0x80, 0xbf];
  return byte >= low && byte <= high;
}
