/** Schemas of single values: what a member of a message may be. Struct and union are beside them, in files of their own. */
import * as v from 'valibot';
import { type DecodedBase64, decodeBase64 } from './base64.js';
import { INVALID_NUMBER, unknownVariant } from './decode-text.js';
import type { FileUri, ProcessId, Seq, SessionId, WriteId } from './ids.js';
import { isJsonObject, JsonFloat } from './json-value.js';
import { LongText } from './long-text.js';
import { parsePathUri } from './path-uri.js';
import { type Config, notA, Refusal, run, schema } from './schema.js';
import { parseUuid } from './uuid.js';

const U64_MAX = 2n ** 64n - 1n;
const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;

export const string = schema<string, string>('string', (value, config) =>
  // A variable of a process may have the name of a member that holds base64.
  isText(value) ? value.toString() : notA('a string', value, config),
);

export const boolean = schema<boolean, boolean>('boolean', (value, config) =>
  typeof value === 'boolean' ? value : notA('a boolean', value, config),
);

/** Taken as it is, and not looked at. */
export const anything = schema<unknown, unknown>('anything', (value) => value);

/** A string that outlives its message: copied when long enough for V8 to make it a view of the whole text. */
const kept = <Id extends string>(type: string) =>
  schema<string, Id>(type, (value, config) =>
    typeof value === 'string' ? (detached(value) as Id) : notA('a string', value, config),
  );

export const processId = kept<ProcessId>('processId');
export const sessionId = kept<SessionId>('sessionId');
export const writeId = kept<WriteId>('writeId');
/** A name the peer chose for something that lives on: a file handle, a streamed body. */
export const keptName = kept<string>('name');

/** V8 makes substrings of this length and more as views, which would keep a message of megabytes alive for the sake of an id. */
const SHORTEST_VIEW = 13;
const detached = (text: string) => (text.length < SHORTEST_VIEW ? text : Buffer.from(text).toString());

/** An integer within bounds, exact: a bigint beyond 2^53. `name` is the reference's type, such as `u64`. */
function integer(name: string, min: bigint, max: bigint) {
  const smallest = Number(min);
  const largest = Number(max);
  return schema<number | bigint, number | bigint>(name, (value, config) => {
    if (typeof value === 'number') return value >= smallest && value <= largest ? value : new Refusal(INVALID_NUMBER);
    if (typeof value === 'bigint') return value >= min && value <= max ? value : new Refusal(INVALID_NUMBER);
    if (value instanceof JsonFloat) return new Refusal(INVALID_NUMBER);
    return notA(name, value, config);
  });
}

export const u64 = integer('u64', 0n, U64_MAX);

/** An integer as a plain number. What is beyond 2^53 becomes 2^53-1: for waits, limits and places both mean more than there will ever be. */
const plain = (name: string, min: bigint, max: bigint) => {
  const exact = integer(name, min, max);
  return schema<number, number>(name, (value, config) => {
    const number = run(exact, value, config);
    if (typeof number !== 'bigint') return number;
    return number > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
  });
};

export const amount = plain('u64', 0n, U64_MAX);
export const size = plain('usize', 0n, U64_MAX);
export const u16 = plain('u16', 0n, 0xffffn);
export const plainI64 = plain('i64', I64_MIN, I64_MAX);
export const i32 = plain('i32', -(2n ** 31n), 2n ** 31n - 1n);
/** An integer of at least 1, as a plain number. */
export const nonZero = schema<number, number>('nonzero usize', (value, config) => {
  const number = typeof value === 'bigint' ? value : typeof value === 'number' ? BigInt(value) : undefined;
  if (number === undefined) return notA('a nonzero usize', value, config);
  if (number < 1n || number > U64_MAX)
    return new Refusal(`invalid value: integer \`${number}\`, expected a nonzero usize`);
  return Math.min(Number(number), Number.MAX_SAFE_INTEGER);
});

/** A time of any length in milliseconds, with or without a fraction. */
export const milliseconds = schema<number, number>('f64', (value, config) => {
  const number = value instanceof JsonFloat ? Number(value.text) : typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number') return notA('f64', value, config);
  return number >= 0 && Number.isFinite(number) ? number : new Refusal(INVALID_NUMBER);
});

/** A place in the order of a process's events. */
export const seq = amount as v.GenericSchema<number, number> as v.GenericSchema<number, Seq>;

/** Standard base64 with padding, as bytes. The bytes are the caller's own. */
export const base64 = schema<string, Buffer>('base64', (value, config) => {
  if (!isText(value)) return notA('a string', value, config);
  const decoded = decodeBase64(value);
  return 'fault' in decoded ? new Refusal(decoded.fault) : decoded.bytes;
});

/** The same where the method itself refuses what is no base64. */
export const attemptedBase64 = schema<string, DecodedBase64>('attemptedBase64', (value, config) =>
  isText(value) ? decodeBase64(value) : notA('a string', value, config),
);

const isText = (value: unknown): value is string | LongText => typeof value === 'string' || value instanceof LongText;

/** A path on the wire, in canonical spelling. It may be one that this machine cannot have; see path-uri.ts. */
export const fileUri = schema<string, FileUri>('fileUri', (value, config) => {
  if (typeof value !== 'string') return notA('a string', value, config);
  const uri = parsePathUri(value);
  return typeof uri === 'string' ? uri : new Refusal(uri.fault);
});

/** A UUID in any of its four spellings; out comes lower case with hyphens. */
export const uuid = schema<string, string>('uuid', (value, config) => {
  if (typeof value !== 'string') return notA('a string', value, config);
  const parsed = parseUuid(value);
  return 'fault' in parsed ? new Refusal(parsed.fault) : parsed.uuid;
});

/** One of a few words. The reference also takes `{"word": null}`, and so do we. */
export function oneOf<const Word extends string>(...words: Word[]): v.GenericSchema<Word, Word> {
  const known: ReadonlySet<unknown> = new Set(words);
  const read = (value: unknown, config: Config): Word | Refusal => {
    if (known.has(value)) return value as Word;
    if (typeof value === 'string') return new Refusal(unknownVariant(value, words));
    if (!isJsonObject(value)) return notA('string or map', value, config);
    const [entry, ...more] = Object.entries(value);
    if (entry === undefined || more.length > 0)
      return new Refusal('invalid value: map, expected map with a single key');
    const [word, content] = entry;
    if (!known.has(word)) return new Refusal(unknownVariant(word, words));
    return content === null ? (word as Word) : notA('unit', content, config);
  };
  return schema<Word, Word>('oneOf', read, { is: 'words', words });
}

export function list<Input, Output>(item: v.GenericSchema<Input, Output>): v.GenericSchema<Input[], Output[]> {
  const read = (value: unknown, config: Config): Output[] | Refusal => {
    if (!Array.isArray(value)) return notA('a sequence', value, config);
    const items: Output[] = [];
    for (const element of value) {
      const read = item['~run']({ value: element }, config);
      if (read.issues !== undefined) return new Refusal(read.issues[0].message);
      items.push(read.value as Output);
    }
    return items;
  };
  return schema('list', read, { is: 'list', item });
}

/** A map from any name to one kind of value. Out comes a real Map: names such as `__proto__` and `constructor` are ordinary. */
export function mapOf<Input, Output>(
  item: v.GenericSchema<Input, Output>,
): v.GenericSchema<Record<string, Input>, Map<string, Output>> {
  const read = (value: unknown, config: Config): Map<string, Output> | Refusal => {
    if (!isJsonObject(value)) return notA('a map', value, config);
    const map = new Map<string, Output>();
    for (const name of Object.keys(value)) {
      const read = item['~run']({ value: value[name] }, config);
      if (read.issues !== undefined) return new Refusal(read.issues[0].message);
      map.set(name, read.value as Output);
    }
    return map;
  };
  return schema('map', read, { is: 'map', item });
}

/** A member that may be missing or null; out comes null. In a list it must be there. */
export const nullable = <Input, Output>(inner: v.GenericSchema<Input, Output>) => v.nullish(inner, null);

/** A member that may be missing; out comes the value given here. Null is refused, unless the inner schema takes it. */
export const defaulted = <Input, Output>(
  inner: v.GenericSchema<Input, Output>,
  value: NoInfer<Exclude<Input, undefined>>,
) => v.optional(inner, () => value);
