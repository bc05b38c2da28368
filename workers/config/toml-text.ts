/**
 * Values to TOML text, laid out as the reference does it: of each table the plain members first, then the tables below it, with their
 * full names. The meaning is kept, not the spelling: comments, kinds of quotes and bases of integers are gone. Fractions of seconds are
 * kept to milliseconds.
 */
import { TomlDate } from 'smol-toml';
import { isTable, type TomlTable, type TomlValue } from './toml-document.js';

/** The document, each line with its end; empty for an empty table. */
export function writeToml(document: TomlTable): string {
  const blocks: string[] = [];
  addTable(blocks, '', '', document);
  return blocks.join('\n');
}

/** `header` is the line above the members, with its end; empty where it can be left out. A block is a header and members. */
function addTable(blocks: string[], name: string, header: string, table: TomlTable): void {
  const members = Object.entries(table);
  const plain = members.filter(([, value]) => !isWrittenBelow(value));
  const below = members.filter(([, value]) => isWrittenBelow(value));
  const needsHeader = plain.length > 0 || below.length === 0 || header.startsWith('[[');
  const block =
    (needsHeader ? header : '') + plain.map(([key, value]) => `${writeKey(key)} = ${write(value)}\n`).join('');
  if (block !== '') blocks.push(block);
  for (const [key, value] of below) {
    const full = name === '' ? writeKey(key) : `${name}.${writeKey(key)}`;
    if (isTable(value)) addTable(blocks, full, `[${full}]\n`, value);
    else for (const item of value as TomlTable[]) addTable(blocks, full, `[[${full}]]\n`, item);
  }
}

/** Tables, and lists of nothing but tables. */
const isWrittenBelow = (value: TomlValue): boolean =>
  isTable(value) || (Array.isArray(value) && value.length > 0 && value.every(isTable));

function write(value: TomlValue): string {
  if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`;
  if (value instanceof TomlDate) return withoutEmptyFraction(value.toISOString());
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      return writeFloat(value);
    case 'object':
      return writeInline(value);
    default:
      return String(value);
  }
}

function writeInline(table: TomlTable): string {
  const members = Object.entries(table).map(([key, value]) => `${writeKey(key)} = ${write(value)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

const writeKey = (key: string) => (/^[\w-]+$/.test(key) ? key : writeString(key));

/** The escapes of JSON are TOML's, which has one more. */
const writeString = (text: string) => JSON.stringify(text).replaceAll('\u007f', '\\u007f');

/** Always with a sign that it is no integer. */
function writeFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

const withoutEmptyFraction = (time: string) =>
  time.replace(/\.(\d*?)0*(?=\D|$)/, (_, digits: string) => (digits === '' ? '' : `.${digits}`));
