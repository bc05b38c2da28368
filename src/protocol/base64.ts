import { LongText } from './long-text.js';

/** The bytes, or what is wrong in the reference's words. */
export type DecodedBase64 = { readonly bytes: Buffer } | { readonly fault: string };

/** Standard base64, padded, without white space, unused bits zero: the only form on the wire. */
export function decodeBase64(text: string | LongText): DecodedBase64 {
  const bytes = text instanceof LongText ? decodeAscii(text.bytes) : decodeText(text);
  if (bytes !== undefined) return { bytes };
  // Faults name bytes, so the text is looked at as one character per byte.
  return { fault: describeFault(Buffer.from(text.toString()).toString('latin1')) };
}

const STRAY = /[^A-Za-z0-9+/]/;
const PAD = '=';
/** Of a long text so much becomes a string at a time, which V8 then keeps among the short-lived ones. A multiple of 4. */
const SLICE = 64 * 1024;

/** Undefined when it is no base64. Node's decoder takes more than that, silently; encoding again tells, and is quicker than any pattern. */
function decodeText(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** Whatever Node's decoder passes over leaves it short, all but the other alphabet's two symbols. */
function decodeAscii(text: Buffer): Buffer | undefined {
  if (text.includes('-') || text.includes('_')) return undefined;
  const bytes = Buffer.allocUnsafeSlow(Math.ceil(text.length / 4) * 3);
  const lastSlice = Math.floor(Math.max(text.length - 1, 0) / SLICE) * SLICE;
  let length = 0;
  for (let from = 0; from < lastSlice; from += SLICE) {
    length += bytes.write(text.toString('latin1', from, from + SLICE), length, 'base64');
  }
  if (length * 4 !== lastSlice * 3) return undefined;
  const last = decodeText(text.toString('latin1', lastSlice));
  if (last === undefined) return undefined;
  length += last.copy(bytes, length);
  return bytes.subarray(0, length);
}

/**
 * What the reference says of a text that is not base64. The order of its checks shows in the texts:
 * a stray last byte, then whole groups of four, then the last group. Source: 0.169.0 (base64 0.22), probed.
 */
function describeFault(text: string): string {
  const over = text.length % 4;
  const last = text.at(-1) ?? '';
  if (over === 1 && last !== PAD && STRAY.test(last)) return invalidSymbol(text, text.length - 1);

  const lastGroup = text.length - (over === 0 ? 4 : over);
  const stray = text.slice(0, lastGroup).search(STRAY);
  return stray === -1 ? describeLastGroup(text, lastGroup) : invalidSymbol(text, stray);
}

function describeLastGroup(text: string, start: number): string {
  const group = text.slice(start);
  const stray = group.search(STRAY);
  const symbols = stray === -1 ? group.length : stray;
  const padding = group.slice(symbols);
  // Padding behind fewer than two symbols, or with anything but padding behind it, is as stray as any other byte.
  if (padding !== '' && (symbols < 2 || !/^=+$/.test(padding))) return invalidSymbol(text, start + symbols);
  if (symbols < 2) return `Invalid input length: ${start + symbols}`;
  if (group.length !== 4) return 'Invalid padding';
  const lastSymbol = start + symbols - 1;
  return `Invalid last symbol ${text.charCodeAt(lastSymbol)}, offset ${lastSymbol}.`;
}

const invalidSymbol = (text: string, offset: number) => `Invalid symbol ${text.charCodeAt(offset)}, offset ${offset}.`;
