/** Names of files may hold anything; what is shown of them must not move the cursor, break the line, or turn the writing round. */
import { isUtf8 } from 'node:buffer';

/** Control characters, separators of lines, and marks of direction. */
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A name or a path for people. Bytes that are not UTF-8 are shown as `\xFF`. */
export function printable(name: string | Uint8Array): string {
  const text = typeof name === 'string' || isUtf8(name) ? Buffer.from(name as string).toString() : readable(name);
  return text.replace(UNSAFE, (char) => SHORT[char] ?? escaped(char.codePointAt(0)!));
}

const escaped = (codePoint: number): string =>
  codePoint <= 0xff
    ? `\\x${codePoint.toString(16).padStart(2, '0')}`
    : `\\u{${codePoint.toString(16).padStart(4, '0')}}`;

/** What can be read of it, and the other bytes as numbers. */
function readable(name: Uint8Array): string {
  let text = '';
  for (let at = 0; at < name.length; ) {
    const length = characterLength(name.subarray(at, at + 4));
    text +=
      length === 0
        ? `\\x${name[at]!.toString(16).toUpperCase()}`
        : Buffer.from(name.subarray(at, at + length)).toString();
    at += Math.max(length, 1);
  }
  return text;
}

/** Length of the character at the start, bytes; 0 when there is none. */
const characterLength = (bytes: Uint8Array): number =>
  [1, 2, 3, 4].find((length) => length <= bytes.length && isUtf8(bytes.subarray(0, length))) ?? 0;
