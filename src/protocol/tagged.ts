import type * as v from 'valibot';
import { missingField, unknownVariant } from './decode-text.js';
import { isJsonObject } from './json-value.js';
import { type Config, type Fields, insideUnion, notA, Refusal, run, schema } from './schema.js';

type Tagged<Tag extends string, V extends Fields, Of extends 'input' | 'output'> = {
  [Name in keyof V & string]: { [T in Tag]: Name } & (Of extends 'input'
    ? v.InferInput<V[Name]>
    : v.InferOutput<V[Name]>);
}[keyof V & string];

/**
 * A union told apart by the member `tag`, each variant a struct of the other members. The tag is looked at first, wherever it stands.
 * `name` is the reference's, for its texts. A list is refused: no peer writes one, and a policy is not to be guessed.
 */
export function tagged<const Tag extends string, const V extends Fields>(
  name: string,
  tag: Tag,
  variants: V,
): v.GenericSchema<Tagged<Tag, V, 'input'>, Tagged<Tag, V, 'output'>> {
  const known = new Map(Object.entries(variants));
  const take = (value: unknown, config: Config) => {
    const inside = insideUnion(config);
    if (!isJsonObject(value)) return notA(`internally tagged enum ${name}`, value, inside);
    const variant = value[tag];
    if (variant === undefined) return new Refusal(missingField(tag));
    if (typeof variant !== 'string') return notA('variant identifier', variant, config);
    const content = known.get(variant);
    if (content === undefined) return new Refusal(unknownVariant(variant, [...known.keys()]));
    const read = run(content, value, inside);
    return read instanceof Refusal ? read : { [tag]: variant, ...read };
  };
  return schema('tagged', take, { is: 'tagged', tag, variants });
}
