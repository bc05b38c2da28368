import test from 'ava';
import fc from 'fast-check';
import { parse } from 'yaml';
import { SKILL_NAME_CHARACTERS, YAML_DEPTH, YAML_LEXEMES } from '#src/protocol/limits.js';
import { readFrontMatter } from '#workers/capabilities/front-matter.js';
import { YamlFault } from '#workers/capabilities/yaml-value.js';

/** Name, description and short description in one line, or what is wrong. */
function read(contents: string, folder = 'folder'): string {
  try {
    const { name, description, shortDescription } = readFrontMatter(contents, folder);
    return [name, description, ...(shortDescription === null ? [] : [shortDescription])].join(' | ');
  } catch (error) {
    if (error instanceof YamlFault) return `fault: ${error.message}`;
    throw error;
  }
}

const head = (yaml: string) => `---\n${yaml}\n---\nbody\n`;
const isFault = (text: string) => text.startsWith('fault: ');

// ---- where it stands ----------------------------------------------------------------------------------

const FENCES: readonly (readonly [contents: string, isRead: boolean])[] = [
  ['---\nname: a\ndescription: d\n---', true],
  ['---\r\nname: a\r\ndescription: d\r\n---\r\nbody', true],
  ['--- \nname: a\ndescription: d\n ---\nbody', true],
  ['', false],
  ['# a\n', false],
  ['---\nname: a\ndescription: d\n', false],
  ['---\n---\n', false],
  ['\n---\nname: a\ndescription: d\n---\n', false],
  ['\ufeff---\nname: a\ndescription: d\n---\n', false],
  ['----\nname: a\ndescription: d\n----\n', false],
];
for (const [contents, isRead] of FENCES) {
  test(`${JSON.stringify(contents)} ${isRead ? 'has' : 'has no'} front matter`, (t) => {
    t.is(read(contents) === 'a | d', isRead);
  });
}

test('it ends at the first line that is a fence', (t) => {
  t.is(read('---\nname: a\ndescription: |\n  x\n  ---\n  y\n---\n'), 'a | x');
});

// ---- what it says -------------------------------------------------------------------------------------

const MEANINGS: readonly (readonly [yaml: string, meaning: string])[] = [
  ['name: a b   c \ndescription: "x\\n  y"', 'a b c | x y'],
  ['name: 5\ndescription: 1.50', '5 | 1.50'],
  ['name: 0x10\ndescription: yes', '0x10 | yes'],
  ['name: null\ndescription: d', 'folder | d'],
  ['name: "null"\ndescription: d', 'null | d'],
  ['name: ""\ndescription: d', 'folder | d'],
  ['description: d', 'folder | d'],
  ['name: &x a\ndescription: *x', 'a | a'],
  ['name: a\ndescription: >\n  many\n  lines\n', 'a | many lines'],
  ['name: a\ndescription: d\nmetadata:\n  other: [1, 2]\n  short-description: "  s   t "', 'a | d | s t'],
  ['name: a\ndescription: d\nmetadata:', 'a | d'],
  ['{name: a, description: d}', 'a | d'],
  ['name: a\ndescription: d\ntags: !custom x', 'a | d'],
];
for (const [yaml, meaning] of MEANINGS) {
  test(`${JSON.stringify(yaml)} says ${meaning}`, (t) => t.is(read(head(yaml)), meaning));
}

const PROSE: readonly (readonly [yaml: string, meaning: string])[] = [
  ['name: a\ndescription: Build for AWS: ECS', 'a | Build for AWS: ECS'],
  ['name: a\ndescription: x: y # comment', 'a | x: y'],
  ["name: a\ndescription: it's: x", "a | it's: x"],
  ['name: a: b\ndescription: d', 'a: b | d'],
  ['name: a\ndescription: [x', 'a | [x'],
  ['name: a\ndescription: [a](b) c: d', 'a | [a](b) c: d'],
  ['name: a\ndescription: {x: y}', 'a | {x: y}'],
  ['name: a\ndescription: `x`', 'a | `x`'],
  ['name: a\ndescription: @x', 'a | @x'],
  ['name: a\ndescription: |\n  keeps: this: as it is\nother: x: y', 'a | keeps: this: as it is'],
  ['name: a\ndescription: d\nmetadata:\n  short-description: s: t', 'a | d | s: t'],
];
for (const [yaml, meaning] of PROSE) {
  test(`prose is taken as it was meant: ${JSON.stringify(yaml)}`, (t) => t.is(read(head(yaml)), meaning));
}

const FAULTS: readonly string[] = [
  'name: a',
  'name: a\ndescription: ""',
  'name: a\ndescription: ~',
  'name: [a]\ndescription: d',
  'name: a\nname: b\ndescription: d',
  'name: a\ndescription: d\nmetadata: x',
  'name: a\ndescription: *x',
  'name: "a\ndescription: d',
  'name: a\ndescription: d\n\tx: y',
  'name: a\ndescription: d\n  bad: : x: y\n - z',
  '- a',
  'text',
];
for (const yaml of FAULTS) test(`${JSON.stringify(yaml)} is a fault`, (t) => t.true(isFault(read(head(yaml)))));

test('a name has so many characters, however many bytes they are', (t) => {
  const name = '\u{1f600}'.repeat(SKILL_NAME_CHARACTERS);
  t.is(read(head(`name: ${name}\ndescription: d`)), `${name} | d`);
  t.true(isFault(read(head(`name: ${name}x\ndescription: d`))));
  t.true(isFault(read(head('description: d'), 'x'.repeat(SKILL_NAME_CHARACTERS + 1))));
  t.is(read(head('description: d'), ' '), 'skill | d');
});

test('any description in quotes is read as YAML means it', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const yaml = `name: a\ndescription: ${JSON.stringify(`x ${text}`)}`;
      if (yaml.includes('\n---') || /[\u2028\u2029\u0085]/.test(yaml)) return;
      const meant = (parse(yaml, { schema: 'failsafe' }) as { description: string }).description;
      t.is(read(head(yaml)), `a | ${meant.split(/\s+/).filter(Boolean).join(' ')}`);
    }),
  );
  t.pass();
});

// ---- hostile ones -------------------------------------------------------------------------------------

test('structure has a limit in depth and in number, text has none', (t) => {
  const nested = (depth: number) =>
    head(`name: a
description: d
x:
  ${'- '.repeat(depth)}y`);
  t.is(read(nested(YAML_DEPTH / 2)), 'a | d');
  t.true(isFault(read(nested(YAML_DEPTH))));
  const members = (count: number) =>
    head(`name: a
description: d
${lines(count)}`);
  t.is(read(members(100)), 'a | d');
  t.true(isFault(read(members(YAML_LEXEMES))));
  const long = 'x'.repeat(900_000);
  t.is(read(head(`name: a\ndescription: ${long}`)), `a | ${long}`);
});

const lines = (count: number) => Array.from({ length: count }, (_, index) => `k${index}: x`).join('\n');

const HOSTILE: Readonly<Record<string, string>> = {
  'open brackets': '['.repeat(1e6),
  'open braces': '{'.repeat(1e6),
  'lists in lists': '- '.repeat(5e5),
  'keys in keys': '? '.repeat(5e5),
  'colons and blanks': `a${' :'.repeat(5e5)}`,
  'blanks before a colon': `${' '.repeat(1e6)}: x`,
  'blanks in a value': `description: x${' '.repeat(1e6)}y: z`,
  'blanks and comments': `description: x: ${' #'.repeat(5e5)}`,
  'lines of prose': 'k: [: a\n'.repeat(1e5),
  members: lines(1e5),
  'an alias of itself': 'name: &x [*x]\ndescription: *x',
  'aliases of aliases': `a: &a [x, x]\n${[...'bcdefghij'].map((name, index) => `${name}: &${name} [*${'abcdefghij'[index]}, *${'abcdefghij'[index]}]`).join('\n')}\nname: *j\ndescription: *j`,
};
for (const [name, yaml] of Object.entries(HOSTILE)) {
  test.serial(`a megabyte of ${name} is decided soon`, (t) => {
    t.timeout(20_000);
    t.is(typeof read(head(yaml)), 'string');
  });
}
