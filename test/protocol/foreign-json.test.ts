import test from 'ava';
import * as v from 'valibot';
import { readForeign } from '#src/protocol/foreign-json.js';

const Schema = v.object({ a: v.string(), b: v.optional(v.strictObject({ c: v.number() })) });

test('what fits is read, and unknown members are passed over where the schema lets them be', (t) => {
  t.deepEqual(readForeign(Schema, '{"a":"x","more":1,"b":{"c":2}}'), { value: { a: 'x', b: { c: 2 } } });
});

for (const [text, fault] of [
  ['', 'EOF while parsing a value at line 1 column 0'],
  ['SECRET', 'expected value at line 1 column 1'],
  ['{"SECRET', 'EOF while parsing a string at line 1 column 8'],
  ['"SECRET"', 'not an object'],
  ['null', 'not an object'],
  ['["SECRET"]', 'not an object'],
  ['{}', 'missing field `a`'],
  ['{"a":["SECRET"]}', 'invalid field `a`'],
  ['{"a":"x","b":{}}', 'missing field `b.c`'],
  ['{"a":"x","b":{"c":"SECRET"}}', 'invalid field `b.c`'],
  ['{"a":"x","b":{"c":1,"SECRET":1}}', 'unknown field'],
] as const) {
  test(`a fault names the member and quotes nothing: ${JSON.stringify(text)}`, (t) =>
    t.deepEqual(readForeign(Schema, text), { fault }));
}
