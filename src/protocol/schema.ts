/**
 * The one way in which our own schemas are made, so that every refusal carries the reference's words.
 * They are valibot schemas: `v.InferOutput`, `v.nullish`, `v.optional` and `v.safeParse` work on them.
 */
import * as v from 'valibot';
import { wrongType, wrongTypeInUnion } from './decode-text.js';

export type Config = v.Config<v.BaseIssue<unknown>>;

// biome-ignore lint/suspicious/noExplicitAny: any schema may be a part; `unknown` would refuse those with a narrower input.
export type AnySchema = v.GenericSchema<any, any>;
export type Fields = Record<string, AnySchema>;

/** What a schema is made of, for whoever makes values by it. `fields` in the order of a list, `extras` never in a list. */
export type Parts =
  | { readonly is: 'struct'; readonly fields: Fields; readonly extras: Fields; readonly asList: boolean }
  | { readonly is: 'tagged'; readonly tag: string; readonly variants: Fields }
  | { readonly is: 'list' | 'map'; readonly item: AnySchema }
  | { readonly is: 'words'; readonly words: readonly string[] };

/** Undefined for single values, and for what valibot itself has made of a schema. */
export const partsOf = (one: AnySchema): Parts | undefined => (one as { readonly parts?: Parts }).parts;

/** Why a value is not taken, in the words sent to the peer. */
export class Refusal {
  constructor(readonly text: string) {}
}

/** Language of the texts inside an internally tagged union; see wrongTypeInUnion. */
const IN_UNION = 'union';

type Failure = v.FailureDataset<v.BaseIssue<unknown>>;

export const insideUnion = (config: Config): Config =>
  config.lang === IN_UNION ? config : { ...config, lang: IN_UNION };

export const notA = (expected: string, value: unknown, config: Config) =>
  new Refusal(config.lang === IN_UNION ? wrongTypeInUnion(value, expected) : wrongType(value, expected));

/**
 * A schema out of one function from a parsed JSON value to the value wanted, or to the reason why not.
 * A refusal is always a single issue, the one the reference would report.
 */
export function schema<Input, Output>(
  type: string,
  read: (value: unknown, config: Config) => Output | Refusal,
  parts?: Parts,
): v.GenericSchema<Input, Output> {
  return v._standardSchema<v.GenericSchema<Input, Output> & { readonly parts: Parts | undefined }>({
    kind: 'schema',
    type,
    reference: schema,
    expects: type,
    async: false,
    parts,
    '~run'(dataset, config) {
      const output = read(dataset.value, config);
      if (output instanceof Refusal) {
        v._addIssue(this, 'value', dataset as unknown as Failure, config, { message: output.text });
        return dataset as unknown as Failure;
      }
      return { typed: true, value: output };
    },
  });
}

/** Runs a schema inside another: the output, or the first refusal. */
export function run<Output>(inner: v.GenericSchema<unknown, Output>, value: unknown, config: Config): Output | Refusal {
  const result = inner['~run']({ value }, config);
  return result.issues === undefined ? (result.value as Output) : new Refusal(result.issues[0].message);
}
