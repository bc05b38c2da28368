/** JSON of others than our peers: registries, token endpoints, files with credentials. */
import * as v from 'valibot';

export type ReadForeign<T> = { readonly value: T } | { readonly fault: string };

/** `schema`: of an object. The fault names a member at most and quotes nothing: what is read here is often secret. */
export function readForeign<S extends v.GenericSchema>(schema: S, text: string): ReadForeign<v.InferOutput<S>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The error of JSON.parse quotes the text.
    return { fault: text.trim() === '' ? 'EOF while parsing a value' : 'syntax error' };
  }
  // For valibot a list is an object, too, one without members.
  if (Array.isArray(json)) return { fault: 'not an object' };
  const result = v.safeParse(schema, json);
  return result.success ? { value: result.output } : { fault: faultOf(result.issues[0]) };
}

function faultOf({ path, type, expected, received }: v.BaseIssue<unknown>): string {
  // An unknown member's name is a text of others.
  if (expected === 'never' || path === undefined) return path === undefined ? 'not an object' : 'unknown field';
  const member = path.map(({ key }) => String(key)).join('.');
  return received === 'undefined' || (type.endsWith('object') && expected?.startsWith('"'))
    ? `missing field \`${member}\``
    : `invalid field \`${member}\``;
}
