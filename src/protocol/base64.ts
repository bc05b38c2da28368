/**
 * Standard base64, padded, without white space, unused bits zero: the only form on the wire.
 * Node's decoder takes more than that, and silently. Encoding its result again tells, and is quicker than any pattern over the text.
 */
export function decodeBase64(text: string): { bytes: Buffer } | { fault: string } {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return { bytes };
  // Faults name bytes, so the text is looked at as one character per byte.
  return { fault: describeFault(Buffer.from(text).toString('latin1')) };
}

const STRAY = /[^A-Za-z0-9+/]/;
const PAD = '=';

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
