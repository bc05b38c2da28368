/**
 * JSON text to values, as strictly as the reference and with its words for what is wrong. JSON.parse would not do: it takes duplicate
 * names and lone surrogates, rounds integers beyond 2^53, forgets how a number was written, and has other texts.
 * Source: 0.169.0 (serde_json), probed.
 */
import { isUtf8 } from 'node:buffer';
import { shortened } from './decode-text.js';
import { decodeString } from './json-string.js';
import { JsonSyntaxError, syntaxErrorAt, type TextEncoding } from './json-syntax-error.js';
import { JsonFloat, type JsonObject, type JsonValue } from './json-value.js';
import { JSON_DEPTH, JSON_VALUES } from './limits.js';
import { type CutMessage, cutLongTexts } from './long-text.js';

/** One JSON value. Names such as `__proto__` are ordinary. Errors: JsonSyntaxError. */
export const parseJson = (text: string): JsonValue => readJson(text, (value) => value);

/**
 * One JSON value, handed to `take` before the rest of the text is looked at: where both are bad, the reference tells of the value.
 * With `latin1` each character stands for one byte of a text that is not UTF-8, which is then found out.
 */
export function readJson<T>(text: string, take: (value: JsonValue) => T, encoding: TextEncoding = 'utf8'): T {
  const reader = new Reader(text, encoding);
  const taken = take(reader.value(1));
  reader.end();
  return taken;
}

/**
 * The same for a large message with long texts, which are left as bytes. Undefined when it has none, or is malformed: then
 * it is to be read as text, which also tells what is wrong where.
 */
export function readCutJson<T>(message: Buffer, take: (value: JsonValue) => T): T | undefined {
  const cut = cutLongTexts(message);
  if (cut === undefined) return undefined;
  try {
    const reader = new Reader(cut.text, 'utf8', cut.longTexts);
    const value = reader.value(1);
    reader.end();
    return take(value);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Characters of a string that are looked at one by one; what is longer goes to the engine, which is faster from there on. */
const SHORT_STRING = 64;
/** Digits that a double holds exactly, whatever they are. */
const EXACT_DIGITS = 15;
/** No integer of 128 bits or fewer has more digits; longer ones fit nothing, and are not worth the work of a bigint. */
const INTEGER_DIGITS = 39;

const WORDS: ReadonlyMap<number, [word: string, value: boolean | null]> = new Map([
  ['t'.charCodeAt(0), ['true', true]],
  ['f'.charCodeAt(0), ['false', false]],
  ['n'.charCodeAt(0), ['null', null]],
]);

/** Recursive descent over one text. `at` is the next character; a code of NaN is the end of the text. */
class Reader {
  #at = 0;
  #values = 0;

  constructor(
    readonly text: string,
    readonly encoding: TextEncoding,
    readonly longTexts?: CutMessage['longTexts'],
  ) {}

  value(depth: number): JsonValue {
    const code = this.#skipBlanks();
    if (++this.#values > JSON_VALUES && this.#at < this.text.length) {
      throw this.#error(`JSON-RPC message exceeds the limit of ${JSON_VALUES} JSON values`, this.#at, 0);
    }
    if (code === QUOTE) {
      const string = this.#string();
      return this.longTexts?.get(string) ?? string;
    }
    if (code === OPEN_OBJECT) return this.#object(depth);
    if (code === OPEN_LIST) return this.#list(depth);
    if (code === MINUS || isDigit(code)) return this.#number(code);
    const word = WORDS.get(code);
    if (word !== undefined) return this.#word(...word);
    throw this.#unexpected('EOF while parsing a value', 'expected value');
  }

  end(): void {
    if (!Number.isNaN(this.#skipBlanks())) throw this.#error('trailing characters', this.#at, 1);
  }

  #object(depth: number): JsonObject {
    this.#checkDepth(depth);
    const object: JsonObject = {};
    this.#at++;
    let code = this.#skipBlanks();
    if (code === CLOSE_OBJECT) {
      this.#at++;
      return object;
    }
    if (Number.isNaN(code)) throw this.#error('EOF while parsing an object', this.#at, 0);
    for (;;) {
      if (code !== QUOTE) throw this.#unexpected('EOF while parsing a value', 'key must be a string');
      const name = this.#string();
      // Members are never undefined, so the own-property check is paid for inherited names only.
      if (object[name] !== undefined && Object.hasOwn(object, name)) throw this.#duplicate(name);
      if (this.#skipBlanks() !== COLON) throw this.#unexpected('EOF while parsing an object', 'expected `:`');
      this.#at++;
      const value = this.value(depth + 1);
      if (name === '__proto__') defineMember(object, name, value);
      else object[name] = value;

      code = this.#skipBlanks();
      if (code === CLOSE_OBJECT) {
        this.#at++;
        return object;
      }
      if (code !== COMMA) throw this.#unexpected('EOF while parsing an object', 'expected `,` or `}`');
      this.#at++;
      code = this.#skipBlanks();
      if (code === CLOSE_OBJECT) throw this.#error('trailing comma', this.#at, 1);
    }
  }

  #list(depth: number): JsonValue[] {
    this.#checkDepth(depth);
    const list: JsonValue[] = [];
    this.#at++;
    let code = this.#skipBlanks();
    if (code === CLOSE_LIST) {
      this.#at++;
      return list;
    }
    if (Number.isNaN(code)) throw this.#error('EOF while parsing a list', this.#at, 0);
    for (;;) {
      list.push(this.value(depth + 1));
      code = this.#skipBlanks();
      if (code === CLOSE_LIST) {
        this.#at++;
        return list;
      }
      if (code !== COMMA) throw this.#unexpected('EOF while parsing a list', 'expected `,` or `]`');
      this.#at++;
      if (this.#skipBlanks() === CLOSE_LIST) throw this.#error('trailing comma', this.#at, 1);
    }
  }

  // ---- strings -------------------------------------------------------------------------------------

  #string(): string {
    const { text } = this;
    const start = this.#at + 1;
    const near = Math.min(start + SHORT_STRING, text.length);
    for (let at = start; at < near; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) return this.#taken(start, at, text.slice(start, at));
      if (code === BACKSLASH || code < 0x20) break;
    }
    const decoded = decodeString(text, start);
    if ('fault' in decoded) throw this.#error(decoded.fault, decoded.index, decoded.read);
    return this.#taken(start, decoded.end, decoded.value);
  }

  /** `value` is what stands between `start` and the closing quote at `end`. */
  #taken(start: number, end: number, value: string): string {
    this.#at = end + 1;
    if (this.encoding === 'latin1' && !isUtf8(Buffer.from(this.text.slice(start, end), 'latin1'))) {
      throw this.#error('invalid unicode code point', this.#at, 0);
    }
    return value;
  }

  // ---- numbers and words ------------------------------------------------------------------------------

  #number(first: number): number | bigint | JsonFloat {
    const { text } = this;
    const firstDigit = first === MINUS ? this.#at + 1 : this.#at;
    let at = firstDigit;
    let code = text.charCodeAt(at);
    let value = 0;
    while (isDigit(code)) {
      value = value * 10 + code - ZERO;
      code = text.charCodeAt(++at);
    }
    const digits = at - firstDigit;
    const isPlain = digits > 0 && digits <= EXACT_DIGITS && (digits === 1 || text.charCodeAt(firstDigit) !== ZERO);
    if (!isPlain || code === DOT || isExponent(code)) return this.#anyNumber(firstDigit);
    this.#at = at;
    // Zero has no sign: `-0` counts as 0 for every integer.
    return first === MINUS && value !== 0 ? -value : value;
  }

  /** A number that is not a short integer. */
  #anyNumber(firstDigit: number): number | bigint | JsonFloat {
    const { text } = this;
    const start = this.#at;
    this.#at = firstDigit;
    if (text.charCodeAt(firstDigit) === ZERO) this.#zero();
    else this.#digits();
    const digits = this.#at - firstDigit;
    const isFraction = text.charCodeAt(this.#at) === DOT;
    if (isFraction) {
      this.#at++;
      this.#digits();
    }
    const hasExponent = isExponent(text.charCodeAt(this.#at));
    if (hasExponent) {
      const sign = text.charCodeAt(++this.#at);
      if (sign === MINUS || sign === PLUS) this.#at++;
      this.#digits();
    }
    const written = text.slice(start, this.#at);
    if (isFraction || hasExponent || digits > INTEGER_DIGITS) return new JsonFloat(written);
    const rounded = Number(written);
    return Number.isSafeInteger(rounded) ? rounded : BigInt(written);
  }

  /** No digit follows a leading zero. */
  #zero(): void {
    this.#at++;
    if (isDigit(this.text.charCodeAt(this.#at))) throw this.#error('invalid number', this.#at, 1);
  }

  /** One digit or more. */
  #digits(): void {
    if (!isDigit(this.text.charCodeAt(this.#at))) throw this.#unexpected('EOF while parsing a value', 'invalid number');
    do this.#at++;
    while (isDigit(this.text.charCodeAt(this.#at)));
  }

  #word(word: string, value: boolean | null): boolean | null {
    if (!this.text.startsWith(word, this.#at)) {
      let at = this.#at;
      while (this.text[at] === word[at - this.#at]) at++;
      this.#at = at;
      throw this.#unexpected('EOF while parsing a value', 'expected ident');
    }
    this.#at += word.length;
    return value;
  }

  // ---- moving on, and stopping ---------------------------------------------------------------------------

  /** Moves to the next character that is not blank; its code, or NaN at the end. */
  #skipBlanks(): number {
    for (;;) {
      const code = this.text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at++;
    }
  }

  #checkDepth(depth: number): void {
    if (depth > JSON_DEPTH) throw this.#error('recursion limit exceeded', this.#at, 1);
  }

  /** The reference finishes the object before it tells of a name it has twice: behind the blanks, and behind `}` if that is next. */
  #duplicate(name: string): JsonSyntaxError {
    const closes = this.#skipBlanks() === CLOSE_OBJECT;
    const shown = this.encoding === 'latin1' ? Buffer.from(name, 'latin1').toString() : name;
    return this.#error(`duplicate JSON object key \`${shortened(shown)}\``, this.#at, closes ? 1 : 0);
  }

  #unexpected(atEnd: string, elsewhere: string): JsonSyntaxError {
    const ended = this.#at >= this.text.length;
    return this.#error(ended ? atEnd : elsewhere, this.#at, ended ? 0 : 1);
  }

  #error(fault: string, index: number, read: 0 | 1): JsonSyntaxError {
    return syntaxErrorAt(this.text, this.encoding, { fault, index, read });
  }
}

const isDigit = (code: number) => code >= ZERO && code <= NINE;
const isExponent = (code: number) => code === 0x65 || code === 0x45;

/** Plain assignment would set the prototype. */
const defineMember = (object: JsonObject, name: string, value: JsonValue) =>
  Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
