/** Typed params and results out of parsed JSON: the edge behind which nobody checks again. */
import * as v from 'valibot';
import { invalidParams } from './errors.js';
import type { JsonValue } from './json-value.js';
import { type DecodedParams, METHODS, type Method, type MethodResults } from './methods.js';

/** The first refusal is the one reported, so there is no need to look for more. */
const FIRST_ONLY = { abortEarly: true, abortPipeEarly: true };

/**
 * Params as their handler wants them. Missing is the same as null.
 * Errors: -32602 in the reference's words, for the first bad member in the order received.
 */
export function decodeParams<M extends Method>(method: M, params: JsonValue | undefined): DecodedParams[M] {
  return decode(METHODS[method].params as v.GenericSchema<unknown, DecodedParams[M]>, params ?? null);
}

/** A result as its caller wants it; older servers may leave out what came later. Errors: -32602 as for params. */
export function decodeResult<M extends Method>(method: M, result: JsonValue): MethodResults[M] {
  return decode(METHODS[method].result as v.GenericSchema<unknown, MethodResults[M]>, result);
}

/** Any schema of this folder. Errors: -32602. */
export function decode<Output>(schema: v.GenericSchema<unknown, Output>, value: JsonValue): Output {
  const read = v.safeParse(schema, value, FIRST_ONLY);
  if (read.success) return read.output;
  throw invalidParams(read.issues[0].message);
}
