import test from 'ava';
import { CONFIG_DEPTH } from '#src/protocol/limits.js';
import { parseToml, TomlFault } from '#workers/config/toml-document.js';

const faultOf = (text: string) => {
  try {
    parseToml(text);
  } catch (error) {
    if (error instanceof TomlFault) return error.message;
    throw error;
  }
  return undefined;
};

const FAULTS: readonly (readonly [text: string, fault: string])[] = [
  ['this is = = not toml', '1:6: key with no value, expected `=`'],
  ['x = 1\n\n  y z = 2', '3:5: key with no value, expected `=`'],
  ['é = 1', '1:1: invalid unquoted key, expected letters, numbers, `-`, `_`'],
  ['[a]\n[a]', '2:2: duplicate key'],
  ['a = 1\na = 2', '2:1: duplicate key'],
  ['a = "x" y', '1:9: unexpected key or value, expected newline, `#`'],
  ['a = ', '1:5: invalid value'],
];
for (const [text, fault] of FAULTS) test(`${JSON.stringify(text)}: ${fault}`, (t) => t.is(faultOf(text), fault));

test('a fault tells nothing of what stands in the document', (t) => {
  t.false(faultOf('key = "secret')!.includes('secret'));
});

test('an integer has 64 bits and no more, wherever it stands', (t) => {
  t.is(parseToml('a = 9223372036854775807').a, 2n ** 63n - 1n);
  t.is(parseToml('a = -9223372036854775808').a, -(2n ** 63n));
  t.is(faultOf('[a]\nb = [1, {c = 9223372036854775808}]'), '1:1: a.b.1.c has more than 64 bits');
  t.is(faultOf('a = -9223372036854775809'), '1:1: a has more than 64 bits');
});

test('names that mean something to JavaScript are names like any other', (t) => {
  const document = parseToml('[__proto__]\nx = 1\n[constructor]\ny = 2');
  t.deepEqual(Object.keys(document), ['__proto__', 'constructor']);
  t.deepEqual(
    Object.values(document).map((table) => Object.entries(table)),
    [[['x', 1n]], [['y', 2n]]],
  );
});

test('tables and lists nest so deep and no deeper, in brackets as well as in names', (t) => {
  const list = (depth: number) => `a = ${'['.repeat(depth)}${']'.repeat(depth)}`;
  const name = (depth: number) => `${Array(depth).fill('a').join('.')} = 1`;
  t.is(faultOf(list(CONFIG_DEPTH - 1)), undefined);
  t.regex(faultOf(list(CONFIG_DEPTH + 1))!, /recursion limit/);
  t.regex(faultOf(list(100_000))!, /recursion limit/);
  t.is(faultOf(name(CONFIG_DEPTH)), undefined);
  t.regex(faultOf(name(CONFIG_DEPTH + 1))!, /recursion limit/);
  t.regex(faultOf(name(100_000))!, /recursion limit/);
});
