/** Values that a schema takes, made by walking it: what is added to the protocol is fuzzed without another word. */
import { type AnySchema, type Fields, partsOf } from '#src/protocol/schema.js';
import type { Chance } from './chance.js';
import { list, object, string, type Tree, text } from './json-tree.js';

/** Values of a single kind, by the name of the kind and of the member; undefined: any that the kind has. */
export type Vocabulary = (kind: string, member: string, chance: Chance) => Tree | undefined;

const anyWord: Vocabulary = () => undefined;

/** A value that the schema takes, or undefined for a member that may be left out. */
export function valueBy(schema: AnySchema, chance: Chance, words = anyWord, member = ''): Tree | undefined {
  const known = words(schema.type, member, chance);
  if (known !== undefined) return known;
  switch (schema.type) {
    case 'nullish':
      if (chance.oneIn(2)) return chance.oneIn(2) ? undefined : text('null');
      return valueBy(wrapped(schema), chance, words, member);
    case 'optional':
      return chance.oneIn(2) ? undefined : valueBy(wrapped(schema), chance, words, member);
    default:
      return made(schema, chance, words, member);
  }
}

const wrapped = (schema: AnySchema): AnySchema => (schema as unknown as { readonly wrapped: AnySchema }).wrapped;

/** In a list nothing may be left out. */
function itemBy(schema: AnySchema, chance: Chance, words: Vocabulary, member: string): Tree {
  const value = valueBy(schema, chance, words, member);
  if (value !== undefined) return value;
  return schema.type === 'nullish' ? text('null') : itemBy(wrapped(schema), chance, words, member);
}

function made(schema: AnySchema, chance: Chance, words: Vocabulary, member: string): Tree {
  const parts = partsOf(schema);
  switch (parts?.is) {
    case undefined:
      return single(schema.type, chance);
    case 'struct': {
      if (parts.asList && chance.oneIn(20))
        return list(Object.entries(parts.fields).map(([name, field]) => itemBy(field, chance, words, name)));
      const members = membersBy(parts.fields, chance, words);
      for (const [name, value] of Object.entries(membersBy(parts.extras, chance, words)))
        if (chance.oneIn(2)) members[name] = value;
      return shuffled(members, chance);
    }
    case 'tagged': {
      const variant = chance.pick(Object.keys(parts.variants));
      const content = partsOf(parts.variants[variant]!);
      const members = content?.is === 'struct' ? membersBy(content.fields, chance, words) : {};
      return shuffled({ ...members, [parts.tag]: string(variant) }, chance);
    }
    case 'list':
      return list(chance.times(chance.pick([0, 1, 1, 2, 3]), () => itemBy(parts.item, chance, words, member)));
    case 'map': {
      const names = new Set(chance.times(chance.pick([0, 1, 2, 3]), () => chance.pick(MAP_NAMES)));
      const value = () => itemBy(parts.item, chance, words, member);
      return { is: 'object', members: [...names].map((name) => [name, value()]) };
    }
    case 'words': {
      const word = chance.pick(parts.words);
      return chance.oneIn(10) ? object({ [word]: text('null') }) : string(word);
    }
    default:
      return parts satisfies never;
  }
}

function membersBy(fields: Fields, chance: Chance, words: Vocabulary): Record<string, Tree> {
  const members: Record<string, Tree> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = valueBy(field, chance, words, name);
    if (value !== undefined) members[name] = value;
  }
  return members;
}

/** In the order given, mostly. */
function shuffled(members: Record<string, Tree>, chance: Chance): Tree {
  const tree = object(members);
  if (tree.is === 'object' && chance.oneIn(4)) tree.members.sort(() => chance.below(3) - 1);
  return tree;
}

function single(kind: string, chance: Chance): Tree {
  switch (kind) {
    case 'string':
    case 'processId':
    case 'sessionId':
    case 'writeId':
    case 'name':
      return string(chance.pick(TEXTS));
    case 'boolean':
      return text(chance.pick(['true', 'false']));
    case 'anything':
      return text(chance.pick(['null', '0', '"x"', '[1.5]', '{"a":{"b":[]}}']));
    case 'u64':
    case 'usize':
      return text(chance.pick(['0', '1', '7', '1000', '4294967296', '9007199254740993', '18446744073709551615']));
    case 'nonzero usize':
      return text(chance.pick(['1', '2', '1000', '18446744073709551615']));
    case 'u16':
      return text(chance.pick(['0', '1', '8080', '65535']));
    case 'i64':
      return text(chance.pick(['0', '-1', '9223372036854775807', '-9223372036854775808']));
    case 'i32':
      return text(chance.pick(['0', '-1', '137', '2147483647', '-2147483648']));
    case 'f64':
      return text(chance.pick(['0', '1.5', '1e3', '20']));
    case 'base64':
    case 'attemptedBase64':
      return string(chance.bytes(chance.below(40)).toString('base64'));
    case 'fileUri':
      return string(chance.pick(URIS));
    case 'uuid':
      return string(chance.pick(UUIDS));
    case 'unit':
      return text(chance.pick(['null', '{}']));
    default:
      throw new Error(`nobody has said what a ${kind} is`);
  }
}

const TEXTS = ['', 'a', 'p1', 'two words', 'é😀', '\u0000', '"\\\n', 'a'.repeat(13), 'x'.repeat(300), '__proto__'];
const MAP_NAMES = ['', 'PATH', 'A', '__proto__', 'constructor', '0', '10', 'a=b', 'é'];
const URIS = [
  'file:///',
  'file:///tmp/x',
  'file:tmp',
  'FILE:///a%20b',
  'file:///a/../b',
  'file://localhost/x',
  'file:///C:/x',
  'file:///%25',
];
const UUIDS = [
  '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  '3F2504E04F8941D39A0C0305E82C3301',
  '{3f2504e0-4f89-41d3-9a0c-0305e82c3301}',
];
