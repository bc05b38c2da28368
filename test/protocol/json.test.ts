import test from 'ava';
import fc from 'fast-check';
import { parseJson, readJson } from '#src/protocol/json.js';
import { JsonSyntaxError } from '#src/protocol/json-syntax-error.js';
import { JsonFloat, type JsonValue } from '#src/protocol/json-value.js';
import { JSON_DEPTH, JSON_VALUES } from '#src/protocol/limits.js';

const syntaxError = (message: string) => ({ instanceOf: JsonSyntaxError, message });

/** What the engine reads, without signs of zero. */
const engine = (text: string): unknown => JSON.parse(text, (_, value) => (value === 0 ? 0 : value));

/** Ours as the engine would have it: floats as numbers, bigints rounded. */
function asParsed(value: JsonValue): unknown {
  if (value instanceof JsonFloat) return Number(value.text) || 0;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(asParsed);
  if (typeof value !== 'object' || value === null) return value;
  const object: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    Object.defineProperty(object, name, {
      value: asParsed(member),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}

test('any JSON of the engine reads the same, compact or spaced', (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      t.deepEqual(asParsed(parseJson(text)), engine(text));
    }),
    { numRuns: 500 },
  );
});

test('strings of any length, with escapes anywhere, read the same', (t) => {
  const filler = fc.nat({ max: 200 }).map((length) => 'x'.repeat(length));
  const piece = fc.oneof(
    filler,
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"', '\\', '\\"', '\n', '\u0000', 'é', '😀'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const value = pieces.join('').replaceAll(/\p{Surrogate}/gu, '?');
      t.is(parseJson(JSON.stringify(value)), value);
      t.is(parseJson(escaped(value)), value);
    }),
    { numRuns: 500 },
  );
});

/** Every character as a unicode escape. */
const escaped = (value: string) =>
  `"${[...Array(value.length).keys()].map((i) => `\\u${value.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`;

test('whatever the text, there is a value or a syntax error, and never a value where the engine has none', (t) => {
  const scrap = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '\\',
    '\\u',
    'd800',
    '1',
    '-',
    '0',
    '.',
    'e',
    'true',
    'nul',
    ' ',
    '\n',
    'é',
    '\u0001',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(scrap, { maxLength: 12 }).map((parts) => parts.join('')),
        fc.string(),
      ),
      (text) => {
        let value: JsonValue;
        try {
          value = parseJson(text);
        } catch (error) {
          t.true(error instanceof JsonSyntaxError, text);
          return;
        }
        t.deepEqual(asParsed(value), engine(text));
      },
    ),
    { numRuns: 2000 },
  );
});

test('integers beyond 2^53 are kept to the last digit', (t) => {
  t.is(parseJson('9007199254740991'), Number.MAX_SAFE_INTEGER);
  t.is(parseJson('9007199254740993'), 9007199254740993n);
  t.is(parseJson('-9223372036854775808'), -(2n ** 63n));
  t.is(parseJson('18446744073709551615'), 2n ** 64n - 1n);
});

test('an integer too long for anything is kept as text, at no cost', (t) => {
  const digits = '9'.repeat(1_000_000);
  t.deepEqual(parseJson(digits), new JsonFloat(digits));
});

test('a fraction or an exponent shows, whatever the value', (t) => {
  for (const text of ['1.0', '1e2', '-0.5', '1E+2', '1e999999']) t.deepEqual(parseJson(text), new JsonFloat(text));
});

test('minus zero is zero', (t) => {
  t.is(parseJson('-0'), 0);
});

test('names of Object.prototype are ordinary', (t) => {
  const value = parseJson('{"__proto__":1,"constructor":2,"toString":3}') as Record<string, JsonValue>;
  t.deepEqual(Object.entries(value), [
    ['__proto__', 1],
    ['constructor', 2],
    ['toString', 3],
  ]);
  t.is(Object.getPrototypeOf(value), Object.prototype);
});

test('a name that comes twice is refused at every level, also when spelled otherwise', (t) => {
  t.throws(() => parseJson('{"a":1,"a":2}'), syntaxError('duplicate JSON object key `a` at line 1 column 10'));
  t.throws(
    () => parseJson('[{"b":{"a":1,"\\u0061":2}}]'),
    syntaxError('duplicate JSON object key `a` at line 1 column 21'),
  );
  t.throws(() => parseJson('{"__proto__":1,"__proto__":2}'), { instanceOf: JsonSyntaxError });
  t.throws(() => parseJson('{"a":1,"a"}'), syntaxError('duplicate JSON object key `a` at line 1 column 11'));
});

test('nesting is taken up to its limit', (t) => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  t.notThrows(() => parseJson(nested(JSON_DEPTH)));
  t.throws(() => parseJson(nested(JSON_DEPTH + 1)), syntaxError('recursion limit exceeded at line 1 column 128'));
  t.throws(() => parseJson('{"a":'.repeat(5_000_000)), syntaxError('recursion limit exceeded at line 1 column 636'));
});

test('values are taken up to their limit', (t) => {
  const list = (values: number) => `[${'1,'.repeat(values - 2)}1]`;
  t.notThrows(() => parseJson(list(JSON_VALUES)));
  t.throws(
    () => parseJson(list(JSON_VALUES + 1)),
    syntaxError('JSON-RPC message exceeds the limit of 262144 JSON values at line 1 column 524287'),
  );
});

test('a long string of megabytes is one value, and is read whole', (t) => {
  const chunk = 'QUJD'.repeat(4_000_000);
  t.is(parseJson(`"${chunk}"`), chunk);
  t.throws(() => parseJson(`"${chunk}\u0001"`), { instanceOf: JsonSyntaxError, message: /^control character/ });
});

test('columns count bytes, lines count line ends', (t) => {
  t.throws(() => parseJson('"é\\x"'), syntaxError('invalid escape at line 1 column 5'));
  t.throws(() => parseJson('{\n "é": tru }'), syntaxError('expected ident at line 2 column 11'));
  t.throws(() => parseJson('"a\nb"'), {
    instanceOf: JsonSyntaxError,
    message: 'control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0',
  });
});

test('a fault of the value is told before a fault of the text behind it', (t) => {
  const refuse = () => {
    throw new RangeError('the value');
  };
  t.throws(() => readJson('1 x', refuse), { instanceOf: RangeError });
  t.throws(() => readJson('1 x', (value) => value), syntaxError('trailing characters at line 1 column 3'));
});
