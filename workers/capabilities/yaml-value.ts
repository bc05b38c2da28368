/**
 * YAML as it is read into known shapes: a member is looked for when it is wanted, so nothing that repeats itself through aliases is
 * ever written out. Scalars keep their spelling: whether `1.10` is a text or a number is for the shape to say.
 */
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  Parser,
  Scalar,
} from 'yaml';
import { YAML_DEPTH, YAML_LEXEMES } from '#src/protocol/limits.js';

/** The text is no YAML, or not of the shape it must have. */
export class YamlFault extends Error {
  override readonly name = 'YamlFault';
}

/** One document. Errors: YamlFault, also above YAML_DEPTH and YAML_LEXEMES. */
export function parseYaml(text: string): YamlValue {
  const composer = new Composer({ schema: 'failsafe', prettyErrors: false });
  const [document, ...more] = composer.compose(tokensOf(text), true, text.length);
  if (document === undefined || more.length > 0) throw new YamlFault('not one document');
  const [error] = document.errors;
  if (error !== undefined) throw new YamlFault(error.code, { cause: error });
  return new YamlValue(document, document.contents);
}

/**
 * The parser takes more than twice the time for twice the nesting or twice the members, and at some depth the engine ends the whole
 * program; so it is watched while it reads.
 */
function* tokensOf(text: string): Generator<CST.Token> {
  const parser = new Parser();
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    lexemes++;
    if (lexemes > YAML_LEXEMES || parser.stack.length > YAML_DEPTH) throw new YamlFault('too much structure');
  }
  yield* parser.end();
}

const NULLS: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);
const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
]);

/** Errors of all that it offers: YamlFault for another kind of value. */
export class YamlValue {
  readonly #document: Document;
  readonly #node: Node | null;

  constructor(document: Document, node: Node | null) {
    this.#document = document;
    this.#node = isAlias(node) ? (node.resolve(document) ?? refuse('an alias of nothing')) : node;
  }

  get isNull(): boolean {
    return this.#node === null || (isPlain(this.#node) && NULLS.has(this.#node.value as string));
  }

  /** A member of a map; undefined when it is absent. */
  member(name: string): YamlValue | undefined {
    if (!isMap(this.#node)) return refuse('no map');
    const pair = this.#node.items.find(({ key }) => isScalar(key) && key.value === name);
    return pair && new YamlValue(this.#document, pair.value as Node | null);
  }

  /** The same, where null is as good as absent. */
  given(name: string): YamlValue | undefined {
    const member = this.member(name);
    return member?.isNull ? undefined : member;
  }

  get items(): YamlValue[] {
    if (!isSeq(this.#node)) return refuse('no list');
    return this.#node.items.map((item) => new YamlValue(this.#document, item as Node | null));
  }

  get text(): string {
    return isScalar(this.#node) ? String(this.#node.value) : refuse('no text');
  }

  get flag(): boolean {
    return (isPlain(this.#node) ? FLAGS.get(this.text) : undefined) ?? refuse('no boolean');
  }

  /** A decimal integer of at most `max`. */
  natural(max: number): number {
    const number = isPlain(this.#node) && /^\d+$/.test(this.text) ? Number(this.text) : Number.NaN;
    return number <= max ? number : refuse('no such number');
  }
}

const isPlain = (node: Node | null): node is Scalar => isScalar(node) && node.type === Scalar.PLAIN;

function refuse(reason: string): never {
  throw new YamlFault(reason);
}
