import { isJsonObject } from './json-value.js';
import { notA, schema } from './schema.js';

/** The params of a method without any: missing, null or an empty object. */
export const unit = schema<Record<string, never> | null | undefined, null>('unit', (value, config) => {
  if (value === undefined || value === null) return null;
  return isJsonObject(value) && Object.keys(value).length === 0 ? null : notA('unit', value, config);
});
