/** JSON strings that are long or have escapes: decoded by the engine, and looked at again only for what is wrong with them. */
import type { TextFault } from './json-syntax-error.js';

const QUOTE = '"';
const BACKSLASH = '\\';

/** The string that begins at `start`, behind its quote: its value and the index of its closing quote, or its first fault. */
export function decodeString(text: string, start: number): { value: string; end: number } | TextFault {
  const end = closingQuote(text, start);
  if (end === -1) return faultOfString(text, start);
  const quoted = text.slice(start - 1, end + 1);
  const value = parseOrUndefined(quoted);
  // The engine takes lone surrogates. Texts come from UTF-8, so only an escape can have made one.
  const isWhole = value !== undefined && !(quoted.includes('\\u') && LONE_SURROGATE.test(value));
  return isWhole ? { value, end } : faultOfString(text, start);
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Index of the quote that ends a string, or -1. A quote behind an odd number of backslashes ends nothing. */
function closingQuote(text: string, start: number): number {
  for (let end = text.indexOf(QUOTE, start); end !== -1; end = text.indexOf(QUOTE, end + 1)) {
    let from = end;
    while (from > start && text[from - 1] === BACKSLASH) from--;
    if ((end - from) % 2 === 0) return end;
  }
  return -1;
}

function parseOrUndefined(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

// ---- what is wrong with it ---------------------------------------------------------------------------

/** The first fault of a string that has one. */
function faultOfString(text: string, start: number): TextFault {
  let at = nextSpecial(text, start);
  while (text[at] === BACKSLASH) {
    const behind = checkEscape(text, at + 1);
    if (typeof behind !== 'number') return behind;
    at = nextSpecial(text, behind);
  }
  if (at === text.length) return endsEarly(text);
  return { fault: 'control character (\\u0000-\\u001F) found while parsing a string', index: at, read: 1 };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const SPECIAL = /["\\\0-\x1f]/g;

/** Index of the next quote, backslash or control character; the length of the text if there is none. */
function nextSpecial(text: string, from: number): number {
  SPECIAL.lastIndex = from;
  return SPECIAL.test(text) ? SPECIAL.lastIndex - 1 : text.length;
}

/** From behind the backslash: the index behind the escape, or its fault. */
function checkEscape(text: string, at: number): number | TextFault {
  const char = text[at];
  if (char === undefined) return endsEarly(text);
  if (char !== 'u') return '"\\/bfnrt'.includes(char) ? at + 1 : { fault: 'invalid escape', index: at, read: 1 };
  const unit = hexUnit(text, at + 1);
  if (typeof unit !== 'number') return unit;
  const behind = at + 5;
  if (isLowSurrogate(unit)) return loneSurrogate(behind);
  return isHighSurrogate(unit) ? checkSecondHalf(text, behind) : behind;
}

function checkSecondHalf(text: string, at: number): number | TextFault {
  for (const [offset, expected] of [BACKSLASH, 'u'].entries()) {
    const char = text[at + offset];
    if (char === undefined) return endsEarly(text);
    if (char !== expected) return { fault: 'unexpected end of hex escape', index: at + offset, read: 1 };
  }
  const unit = hexUnit(text, at + 2);
  if (typeof unit !== 'number') return unit;
  return isLowSurrogate(unit) ? at + 6 : loneSurrogate(at + 6);
}

function hexUnit(text: string, at: number): number | TextFault {
  const digits = text.slice(at, at + 4);
  if (digits.length < 4) return endsEarly(text);
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) return { fault: 'invalid escape', index: at + 4, read: 0 };
  return Number.parseInt(digits, 16);
}

const endsEarly = (text: string): TextFault => ({ fault: 'EOF while parsing a string', index: text.length, read: 0 });
const loneSurrogate = (index: number): TextFault => ({ fault: 'lone leading surrogate in hex escape', index, read: 0 });
const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit < 0xe000;
