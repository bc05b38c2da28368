import { LongText } from './long-text.js';

/** JSON as our parser gives it: what JSON.parse would round or forget is kept, and base64 of a large message stays bytes. */
export type JsonValue = null | boolean | string | LongText | JsonNumber | JsonValue[] | JsonObject;

/** Members in the order received (names that are array indices come first). A member is never undefined. */
export interface JsonObject {
  [name: string]: JsonValue;
}

/** An integer is a number, or a bigint beyond 2^53; whatever was written with a fraction or an exponent is a JsonFloat. */
export type JsonNumber = number | bigint | JsonFloat;

/** A number written with a fraction or an exponent, such as `1.5`, `1.0`, `1e2`: never an integer to a peer, whatever its value. */
export class JsonFloat {
  constructor(readonly text: string) {}
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof JsonFloat) &&
  !(value instanceof LongText);
