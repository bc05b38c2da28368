/** JSON before it is text, so that it can be damaged where no object of the language could be: keys twice, numbers of any spelling. */
import type { Chance } from './chance.js';

export type Tree =
  /** JSON text, or something that only looks like it. */
  | { readonly is: 'text'; text: string }
  | { readonly is: 'list'; items: Tree[] }
  | { readonly is: 'object'; members: [name: string, value: Tree][] };

export const text = (json: string): Tree => ({ is: 'text', text: json });
export const string = (value: string): Tree => text(JSON.stringify(value));
export const list = (items: Tree[]): Tree => ({ is: 'list', items });
export const object = (members: Record<string, Tree>): Tree => ({ is: 'object', members: Object.entries(members) });

export function write(tree: Tree): string {
  switch (tree.is) {
    case 'text':
      return tree.text;
    case 'list':
      return `[${tree.items.map(write).join(',')}]`;
    case 'object':
      return `{${tree.members.map(([name, value]) => `${JSON.stringify(name)}:${write(value)}`).join(',')}}`;
    default:
      return tree satisfies never;
  }
}

/** A place in a tree: what stands there, and how to put something else there. */
interface Place {
  readonly tree: Tree;
  readonly put: (tree: Tree) => void;
}

/** One or more damages at places by chance. The tree is changed; what comes back may be another one. */
export function damaged(root: Tree, chance: Chance): Tree {
  let tree = root;
  for (let left = chance.pick([1, 1, 1, 2, 3]); left > 0; left -= 1) {
    const places = placesOf(tree, (other) => {
      tree = other;
    });
    damage(chance.pick(places), chance);
  }
  return tree;
}

function placesOf(tree: Tree, put: (tree: Tree) => void): Place[] {
  const here = { tree, put };
  switch (tree.is) {
    case 'text':
      return [here];
    case 'list':
      return [
        here,
        ...tree.items.flatMap((item, at) =>
          placesOf(item, (other) => {
            tree.items[at] = other;
          }),
        ),
      ];
    case 'object':
      return [
        here,
        ...tree.members.flatMap((member) =>
          placesOf(member[1], (other) => {
            member[1] = other;
          }),
        ),
      ];
    default:
      return tree satisfies never;
  }
}

function damage({ tree, put }: Place, chance: Chance): void {
  const other = chance.below(6);
  if (tree.is === 'object' && other > 0) damageMembers(tree.members, chance, put);
  else if (tree.is === 'list' && other > 2) damageItems(tree.items, chance);
  else if (other === 3) put(nested(tree, chance));
  else put(text(chance.pick(SCRAPS)));
}

function damageMembers(members: [string, Tree][], chance: Chance, put: (tree: Tree) => void): void {
  const at = chance.below(Math.max(1, members.length));
  const member = members[at];
  switch (chance.below(8)) {
    case 0:
    case 1:
      members.splice(at, 1);
      return;
    case 2:
      if (member !== undefined) members.push([member[0], chance.oneIn(2) ? member[1] : text(chance.pick(SCRAPS))]);
      return;
    case 3:
      members.splice(at, 0, [chance.pick(NAMES), text(chance.pick(SCRAPS))]);
      return;
    case 4:
      if (member !== undefined) member[0] = chance.pick([member[0].toUpperCase(), `${member[0]} `, chance.pick(NAMES)]);
      return;
    case 5:
      members.reverse();
      return;
    case 6:
      put(list(members.map(([, value]) => value)));
      return;
    default:
      if (member !== undefined) member[1] = text(chance.pick(SCRAPS));
  }
}

function damageItems(items: Tree[], chance: Chance): void {
  const at = chance.below(Math.max(1, items.length));
  const item = items[at];
  switch (chance.below(4)) {
    case 0:
      items.splice(at, 1);
      return;
    case 1:
      items.splice(at, 0, text(chance.pick(SCRAPS)));
      return;
    case 2:
      if (item !== undefined) for (let more = chance.pick([1, 2, 300]); more > 0; more -= 1) items.push(item);
      return;
    default:
      items.reverse();
  }
}

/** Around the tree, or in its place where it would be too much. */
function nested(tree: Tree, chance: Chance): Tree {
  const depth = chance.pick([1, 2, 126, 128, 5_000]);
  if (depth <= 2) return chance.oneIn(2) ? list([tree]) : object({ x: tree });
  const [open, close] = chance.oneIn(2) ? ['[', ']'] : ['{"x":', '}'];
  return text(`${open.repeat(depth)}0${close.repeat(depth)}`);
}

/** Damage to the text as a whole, for what no tree can say. */
export function damagedText(json: string, chance: Chance): string {
  const at = chance.below(json.length + 1);
  switch (chance.below(7)) {
    case 0:
      return json.slice(0, at);
    case 1:
      return json.slice(0, at) + chance.pick(CHARACTERS) + json.slice(at);
    case 2:
      return json.slice(0, at) + chance.pick(CHARACTERS) + json.slice(at + 1);
    case 3:
      return json + chance.pick([...CHARACTERS, json, ' ', '\n']);
    case 4:
      return chance.pick(['\ufeff', ' ', '\n\t', '//', ...CHARACTERS]) + json;
    case 5:
      return json.slice(0, at) + json.slice(at + chance.below(20));
    default:
      return json.slice(0, at) + json.slice(Math.max(0, at - chance.below(20)));
  }
}

const CHARACTERS = [
  ...'{}[],:"\\0-+.eEtfn\u0000\u001f\u007f\u2028\u202eé',
  '😀',
  '\ud800',
  '\udfff',
  '\\u',
  '\\ud83d',
  '\\x',
  'null',
];

const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  '0',
  '4294967294',
  ' ',
  'é',
  '\u0000',
  'x'.repeat(3_000),
];

/** Values in the place of others: of the wrong type, at and beyond the edges of every number, strings that are more than they look. */
const SCRAPS = [
  ...[
    'null',
    'true',
    'false',
    '[]',
    '{}',
    '[[]]',
    '{"":null}',
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{}}}',
  ],
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '1.0',
    '1.5',
    '-0.0',
    '1e2',
    '1E+2',
    '1e999',
    '-1e-999',
    '65535',
    '65536',
    '2147483648',
    '-2147483649',
  ],
  ...['9007199254740991', '9007199254740993', '-9007199254740993', '9223372036854775807', '9223372036854775808'],
  ...['-9223372036854775808', '-9223372036854775809', '18446744073709551615', '18446744073709551616', '9'.repeat(400)],
  ...[
    'NaN',
    'Infinity',
    '-Infinity',
    'undefined',
    '0x10',
    '01',
    '1.',
    '.5',
    '+1',
    '1_0',
    '',
    "'x'",
    '"',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
  ],
  ...[
    '""',
    '" "',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\uD83D\\uDE00"',
    '"\ud800"',
    '"\u0001"',
    '"é\u202e\u2028"',
  ],
  ...[
    '"file:///"',
    '"file:"',
    '"file://host/x"',
    '"file:///%00"',
    '"file:///%2e%2e/"',
    '"file:///%"',
    '"file:///C:/x"',
    '"http://x/"',
  ],
  ...[
    '"/etc/passwd"',
    '"../.."',
    '"A"',
    '"AA="',
    '"AB=="',
    '"===="',
    '"AAAA\\n"',
    '"__proto__"',
    '"interrupt"',
    '"replace"',
  ],
  `"${'x'.repeat(5_000)}"`,
  `"${'é'.repeat(1_000)}"`,
  `"${'😀'.repeat(2_500)}"`,
  `"x${'😀'.repeat(2_500)}"`,
  `"file:///${'a/'.repeat(700)}"`,
  `[${Array(500).fill('0').join(',')}]`,
];
