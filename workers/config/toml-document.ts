/** TOML text to values. Integers are bigints, so that they can be told from floats; dates are `TomlDate`s. */
import { parse, TomlDate, TomlError, type TomlTable, type TomlValue } from 'smol-toml';
import { CONFIG_DEPTH } from '#src/protocol/limits.js';

export type { TomlTable, TomlValue };

/** The text is no TOML. The message tells where and why, `3:7: duplicate key`, and nothing of what stands there. */
export class TomlFault extends Error {
  override readonly name = 'TomlFault';
  constructor(line: number, column: number, reason: string, options?: ErrorOptions) {
    super(`${line}:${column}: ${reason}`, options);
  }
}

/** Names such as `__proto__` are ordinary. Errors: TomlFault, also above CONFIG_DEPTH and for integers of more than 64 bits. */
export function parseToml(text: string): TomlTable {
  const document = parseDocument(text);
  const reason = faultIn(document, '', CONFIG_DEPTH);
  if (reason !== undefined) throw new TomlFault(1, 1, reason);
  return document;
}

export const isTable = (value: TomlValue | undefined): value is TomlTable =>
  typeof value === 'object' && !Array.isArray(value) && !(value instanceof TomlDate);

function parseDocument(text: string): TomlTable {
  try {
    return parse(text, { integersAsBigInt: true, maxDepth: CONFIG_DEPTH });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new TomlFault(error.line, error.column, reasonOf(error, text), { cause: error });
  }
}

const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;

/** What the parser lets pass and the reference does not. It knows no places any more: `name` is that of the value, with all before it. */
function faultIn(value: TomlValue, name: string, depth: number): string | undefined {
  if (typeof value === 'bigint')
    return value < I64_MIN || value > I64_MAX ? `${name} has more than 64 bits` : undefined;
  if (!Array.isArray(value) && !isTable(value)) return undefined;
  if (depth === 0) return 'recursion limit';
  for (const key in value) {
    const fault = faultIn((value as TomlTable)[key]!, name === '' ? key : `${name}.${key}`, depth - 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const PREFIX = 'Invalid TOML document: ';
/** What the parser says, and how the reference says the same. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['incomplete key-value: cannot find end of key', 'key with no value, expected `=`'],
  ['trying to redefine an already defined table or value', 'duplicate key'],
  ['trying to redefine an already defined value', 'duplicate key'],
  ['each key-value declaration must be followed by an end-of-line', 'unexpected key or value, expected newline, `#`'],
  ['document contains excessively nested structures. aborting.', 'recursion limit'],
]);

/** Only the first line: those below it quote the document. */
function reasonOf({ message, line, column }: TomlError, text: string): string {
  const [first = ''] = message.split('\n', 1);
  const reason = first.startsWith(PREFIX) ? first.slice(PREFIX.length) : first;
  if (reason !== 'illegal character in key') return REASONS.get(reason) ?? reason;
  const before = text
    .split('\n', line)
    .at(-1)!
    .slice(0, column - 1);
  return /\S[ \t]+$/.test(before)
    ? 'key with no value, expected `=`'
    : 'invalid unquoted key, expected letters, numbers, `-`, `_`';
}
