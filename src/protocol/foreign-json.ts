/** JSON of others than our peers: registries, token endpoints, files with credentials. */
import * as v from 'valibot';
import { parseJson } from './json.js';
import { JsonSyntaxError } from './json-syntax-error.js';

export type ReadForeign<T> = { readonly value: T } | { readonly fault: string };

/** `schema`: of an object. The fault names a member at most and quotes nothing: what is read here is often secret. */
export function readForeign<S extends v.GenericSchema>(schema: S, text: string): ReadForeign<v.InferOutput<S>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { fault: syntaxFault(text) };
  }
  // For valibot a list is an object, too, one without members.
  if (Array.isArray(json)) return { fault: 'not an object' };
  const result = v.safeParse(schema, json);
  return result.success ? { value: result.output } : { fault: faultOf(result.issues[0]) };
}

/** In the reference's words, which say what and where; those of JSON.parse quote the text. */
function syntaxFault(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
  }
  return 'syntax error';
}

function faultOf({ path, type, expected, received }: v.BaseIssue<unknown>): string {
  // An unknown member's name is a text of others.
  if (expected === 'never' || path === undefined) return path === undefined ? 'not an object' : 'unknown field';
  const member = path.map(({ key }) => String(key)).join('.');
  return received === 'undefined' || (type.endsWith('object') && expected?.startsWith('"'))
    ? `missing field \`${member}\``
    : `invalid field \`${member}\``;
}
