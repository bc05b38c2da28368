import type * as v from 'valibot';
import { listTooLong, listTooShort, missingField } from './decode-text.js';
import { isJsonObject, type JsonObject } from './json-value.js';
import { type Config, type Fields, notA, type Parts, partsOf, Refusal, run, schema } from './schema.js';

type Input<F extends Fields> = v.InferInput<v.ObjectSchema<F, undefined>>;
type Output<F extends Fields> = v.InferOutput<v.ObjectSchema<F, undefined>>;
type Extras<F extends Fields> = { [Name in keyof F]?: v.InferOutput<F[Name]> | undefined };

export type Struct<F extends Fields> = v.GenericSchema<Input<F>, Output<F>>;
export type ExtendedStruct<F extends Fields, E extends Fields> = v.GenericSchema<
  Input<F> & { [Name in keyof E]?: v.InferInput<E[Name]> | undefined },
  Output<F> & Extras<E>
>;

/**
 * A struct as the reference decodes it: members in any order, unknown ones ignored, or a list in the order of the fields.
 * The refusal is that of the first bad member in the order received, and only then that of the first missing one in the order declared.
 * `name` is the reference's, for its texts.
 */
export function struct<const F extends Fields>(name: string, fields: F): Struct<F> {
  const decode = compile(name, fields);
  return schema<Input<F>, Output<F>>(
    'struct',
    (value, config) => {
      if (isJsonObject(value)) return decode.members(value, config) as Output<F> | Refusal;
      if (Array.isArray(value)) return decode.list(value, config) as Output<F> | Refusal;
      return notA(`struct ${name}`, value, config);
    },
    { is: 'struct', fields, extras: {}, asList: true },
  );
}

/**
 * A struct of the reference's with members of ours besides. Those count only where they stand by name and are what we mean by
 * them; else they are unknown members, which are ignored: a peer of another making may use the same name.
 */
export function extendedStruct<const F extends Fields, const E extends Fields>(
  inner: Struct<F>,
  extras: E,
): ExtendedStruct<F, E> {
  const all = Object.entries(extras);
  const take = (value: unknown, config: Config) => {
    const output = run(inner, value, config);
    if (output instanceof Refusal || !isJsonObject(value)) return output as Output<F> & Extras<E>;
    const ours: Record<string, unknown> = {};
    for (const [name, extra] of all) {
      const given = value[name];
      const read = given === undefined ? undefined : extra['~run']({ value: given }, config);
      if (read?.issues === undefined && read !== undefined) ours[name] = read.value;
    }
    return { ...output, ...ours } as Output<F> & Extras<E>;
  };
  return schema('struct', take, { ...(partsOf(inner) as Extract<Parts, { is: 'struct' }>), extras });
}

/** A struct that the reference takes only with its members named, never as a list. */
export function namedStruct<const F extends Fields>(name: string, fields: F): Struct<F> {
  const decode = compile(name, fields);
  return schema<Input<F>, Output<F>>(
    'struct',
    (value, config) =>
      isJsonObject(value)
        ? (decode.members(value, config) as Output<F> | Refusal)
        : notA(`struct ${name}`, value, config),
    { is: 'struct', fields, extras: {}, asList: false },
  );
}

interface Decode {
  members(value: JsonObject, config: Config): unknown;
  list(value: readonly unknown[], config: Config): unknown;
}

function compile(name: string, fields: Fields): Decode {
  const names = Object.keys(fields);
  const schemas = Object.values(fields);
  const mayBeMissing = schemas.map(({ type }) => type === 'nullish' || type === 'optional');
  const hasDefault = schemas.map(({ type }) => type === 'optional');

  return {
    members(value, config) {
      const output: Record<string, unknown> = {};
      let refused: Map<string, string> | undefined;
      let missing: string | undefined;
      for (let i = 0; i < names.length; i++) {
        const field = names[i]!;
        const given = value[field];
        if (given === undefined && !mayBeMissing[i]) {
          missing ??= field;
          continue;
        }
        const read = schemas[i]!['~run']({ value: given }, config);
        if (read.issues === undefined) output[field] = read.value;
        else {
          refused ??= new Map();
          refused.set(field, read.issues[0].message);
        }
      }
      if (refused !== undefined) return new Refusal(firstReceived(refused, value));
      return missing === undefined ? output : new Refusal(missingField(missing));
    },

    list(value, config) {
      const output: Record<string, unknown> = {};
      for (let i = 0; i < names.length; i++) {
        // Fields that may be null but have no declared default must be there in a list.
        if (i >= value.length && !hasDefault[i]) return new Refusal(listTooShort(i, name, names.length));
        const read = run(schemas[i]!, value[i], config);
        if (read instanceof Refusal) return read;
        output[names[i]!] = read;
      }
      return value.length > names.length ? new Refusal(listTooLong(value.length)) : output;
    },
  };
}

function firstReceived(refused: ReadonlyMap<string, string>, value: JsonObject): string {
  for (const name of Object.keys(value)) {
    const text = refused.get(name);
    if (text !== undefined) return text;
  }
  throw new Error('a refused member was not among those received');
}
