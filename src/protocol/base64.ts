/**
 * Standard base64, padded, without white space, unused bits zero: the only form on the wire.
 * Node's decoder takes more than that, and silently. Encoding its result again tells, and is quicker than any pattern over the text.
 */
export function decodeBase64(text: string): { bytes: Buffer } | { fault: string } {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? { bytes } : { fault: describeFault(Buffer.from(text)) };
}

const PAD = 0x3d;

/** Bit value of each symbol's byte; -1 for what is none. */
const VALUES = new Int8Array(256).fill(-1);
for (const [value, symbol] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  VALUES[symbol.charCodeAt(0)] = value;
}

/**
 * What the reference says of a text that is not base64. Faults name bytes. The order of its checks shows in the texts:
 * a stray last byte, then whole groups of four, then the last group. Source: 0.169.0 (base64 0.22), probed.
 */
function describeFault(text: Buffer): string {
  const over = text.length % 4;
  const last = text.length - 1;
  if (over === 1 && text[last] !== PAD && VALUES[text[last]!] === -1) return invalidSymbol(text, last);

  const lastGroup = text.length - (over === 0 ? 4 : over);
  const stray = text.findIndex((byte, offset) => offset < lastGroup && VALUES[byte] === -1);
  return stray === -1 ? describeLastGroup(text, lastGroup) : invalidSymbol(text, stray);
}

function describeLastGroup(text: Buffer, start: number): string {
  const group = text.subarray(start);
  const firstPad = group.indexOf(PAD);
  const symbols = firstPad === -1 ? group.length : firstPad;
  const stray = group.findIndex((byte, offset) => offset < symbols && VALUES[byte] === -1);
  if (stray !== -1) return invalidSymbol(text, start + stray);
  if (firstPad !== -1 && (firstPad < 2 || group.subarray(firstPad).some((byte) => byte !== PAD))) {
    return invalidSymbol(text, start + firstPad);
  }
  if (symbols < 2) return `Invalid input length: ${start + symbols}`;
  if (group.length !== 4) return 'Invalid padding';
  const lastSymbol = start + symbols - 1;
  return `Invalid last symbol ${text[lastSymbol]}, offset ${lastSymbol}.`;
}

const invalidSymbol = (text: Buffer, offset: number) => `Invalid symbol ${text[offset]}, offset ${offset}.`;
