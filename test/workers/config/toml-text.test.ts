import test from 'ava';
import fc from 'fast-check';
import { parseToml, type TomlTable, type TomlValue } from '#workers/config/toml-document.js';
import { writeToml } from '#workers/config/toml-text.js';

const again = (text: string) => writeToml(parseToml(text));

test('of each table the plain members come first, then the tables below it with their full names', (t) => {
  const text = 'z = 1\n[y]\na = 1\n[x]\nb = 1\n[y.c]\nd = 1\n';
  t.is(again(text), 'z = 1\n\n[y]\na = 1\n\n[y.c]\nd = 1\n\n[x]\nb = 1\n');
});

test('a table that only holds tables needs no line of its own, an empty one does', (t) => {
  t.is(again('[t]\n[t.e]\n[t.h.i.j]\nz = 1\n'), '[t.e]\n\n[t.h.i.j]\nz = 1\n');
  t.is(again('[m]\n'), '[m]\n');
  t.is(again(''), '');
});

test('a list of nothing but tables is written as tables, every other list in one line', (t) => {
  const text = 't = {b = [{a = 1}, {b = 2}], c = [1, {a = 1}], d = [[1, 2], [{}]], f = [{}], l = [{a = []}]}';
  t.is(
    again(text),
    [
      '[t]\nc = [1, { a = 1 }]\nd = [[1, 2], [{}]]\n',
      '[[t.b]]\na = 1\n',
      '[[t.b]]\nb = 2\n',
      '[[t.f]]\n',
      '[[t.l]]\na = []\n',
    ].join('\n'),
  );
});

test('integers stay integers and floats floats', (t) => {
  const text = 'a = 0xff\nb = 1.0\nc = 9223372036854775807\nd = inf\ne = -inf\nf = nan\ng = -0.0\nh = 1e100\n';
  t.is(again(text), 'a = 255\nb = 1.0\nc = 9223372036854775807\nd = inf\ne = -inf\nf = nan\ng = -0.0\nh = 1e+100\n');
});

test('times keep what is known of their place, and no empty fraction', (t) => {
  const times = [
    '1979-05-27T07:32:00Z',
    '1979-05-27T00:32:00-07:00',
    '1979-05-27T07:32:00.5',
    '1979-05-27',
    '07:30:10',
  ];
  for (const time of times) t.is(again(`a = ${time}`), `a = ${time}\n`);
});

test('keys and texts are quoted where they must be', (t) => {
  t.is(again('a-b_1 = 1\n"" = 1\n"a b" = 1\n\'x.y\' = 1\n'), 'a-b_1 = 1\n"" = 1\n"a b" = 1\n"x.y" = 1\n');
  t.is(again('a = "\\u007f\\u0000"'), 'a = "\\u007f\\u0000"\n');
  t.is(again("a = '''x\"\ny'''"), 'a = "x\\"\\ny"\n');
});

test('what was written means the same when it is read', (t) => {
  const name = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('a', '__proto__', 'constructor', '1'));
  const { document } = fc.letrec<{ value: TomlValue; document: TomlTable }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.string({ unit: 'grapheme' }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.double(),
      fc.boolean(),
      fc.array(tie('value')),
      tie('document'),
    ) as fc.Arbitrary<TomlValue>,
    document: fc.array(fc.tuple(name, tie('value'))).map(fromEntries),
  }));
  fc.assert(fc.property(document, (table) => void t.deepEqual(parseToml(writeToml(table)), table)));
});

function fromEntries(members: readonly (readonly [string, TomlValue])[]): TomlTable {
  const table = Object.create(null) as TomlTable;
  for (const [name, value] of members) table[name] = value;
  return table;
}
