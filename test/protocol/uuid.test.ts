import test from 'ava';
import { parseUuid } from '#src/protocol/uuid.js';

const UUID = '01a201ec-58b2-7761-ae68-225f01f6987b';

for (const text of [
  UUID,
  UUID.toUpperCase(),
  UUID.replaceAll('-', ''),
  UUID.replaceAll('-', '').toUpperCase(),
  `{${UUID}}`,
  `urn:uuid:${UUID.toUpperCase()}`,
]) {
  test(`${text} is lower case with hyphens inside`, (t) => {
    t.deepEqual(parseUuid(text), { uuid: UUID });
  });
}

for (const [text, fault] of [
  ['', 'invalid length: expected length 32 for simple format, found 0'],
  [UUID.replaceAll('-', '').slice(1), 'invalid length: expected length 32 for simple format, found 31'],
  [`${UUID}0`, 'invalid group length in group 4: expected 12, found 13'],
  [`{${UUID.replaceAll('-', '')}}`, 'invalid group count: expected 5, found 1'],
  [UUID.slice(9), 'invalid group count: expected 5, found 4'],
  [
    'not a uuid',
    'invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], found `n` at 1',
  ],
  [
    `{${UUID}`,
    'invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], found `{` at 1',
  ],
  [
    `urn:uuid:x`,
    'invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], found `x` at 10',
  ],
  [`0é`, 'invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], found `é` at 2'],
] as const) {
  test(`"${text}" is no UUID`, (t) => {
    t.deepEqual(parseUuid(text), { fault });
  });
}
