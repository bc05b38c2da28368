/**
 * The words in which the reference says what is wrong with a value. Source: 0.169.0 (serde and serde_json), probed.
 * A model reads them, so they are kept to the letter.
 */
import { JsonFloat } from './json-value.js';
import { QUOTED_CHARACTERS } from './limits.js';

/** `invalid type: string "x", expected a boolean`. */
export const wrongType = (value: unknown, expected: string) =>
  `invalid type: ${unexpected(value)}, expected ${expected}`;

export const missingField = (name: string) => `missing field \`${name}\``;

/** Any number that does not fit an integer field: negative, too large, with a fraction or an exponent. */
export const INVALID_NUMBER = 'invalid number';

/** ``unknown variant `x`, expected `a` ``, ``... expected `a` or `b` ``, ``... expected one of `a`, `b`, `c` ``. */
export function unknownVariant(value: string, known: readonly string[]): string {
  const names = known.map((name) => `\`${name}\``);
  const expected = names.length > 2 ? `one of ${names.join(', ')}` : names.join(' or ');
  return `unknown variant \`${shortened(value)}\`, expected ${expected}`;
}

/** A struct given as a list that ends before a field without a default. */
export const listTooShort = (length: number, struct: string, fields: number) =>
  `invalid length ${length}, expected struct ${struct} with ${fields} element${fields === 1 ? '' : 's'}`;

export const listTooLong = (length: number) => `invalid length ${length}, expected fewer elements in array`;

/** How a value is named. Numbers have no digits in their name. */
function unexpected(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `string ${quoted(value)}`;
    case 'boolean':
      return `boolean \`${value}\``;
    case 'number':
    case 'bigint':
      return 'number';
    default:
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'sequence';
      return value instanceof JsonFloat ? 'number' : 'map';
  }
}

/**
 * Inside an internally tagged union the reference has already reduced numbers to machine types, and then names them with their digits.
 * Lists, maps, strings and booleans keep their names.
 */
export function wrongTypeInUnion(value: unknown, expected: string): string {
  const digits = value instanceof JsonFloat ? value.text : String(value);
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return `invalid type: integer \`${digits}\`, expected ${expected}`;
    default:
      if (!(value instanceof JsonFloat)) return wrongType(value, expected);
      return `invalid type: floating point \`${digits}\`, expected ${expected}`;
  }
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\0': '\\0',
};

/** The reference quotes a peer's text whole; megabytes of it would hold up every other peer. Not cut within a character, which no peer could read. */
export function shortened(text: string): string {
  if (text.length <= QUOTED_CHARACTERS) return text;
  const cutsCharacter = text.codePointAt(QUOTED_CHARACTERS - 1)! > 0xffff;
  return `${text.slice(0, cutsCharacter ? QUOTED_CHARACTERS - 1 : QUOTED_CHARACTERS)}…`;
}

/** The reference's debug spelling of a string: what cannot be seen is written as its code point. */
const quoted = (text: string) =>
  `"${shortened(text).replace(/["\\]|(?! )[\p{C}\p{Z}\p{Grapheme_Extend}]/gu, (c) => SHORT_ESCAPES[c] ?? `\\u{${c.codePointAt(0)!.toString(16)}}`)}"`;
