import { badArgument } from './errors.js';

/** Half a surrogate pair cannot be written as JSON that an executor takes: it would refuse the message, not the request. */
export function requireText(field: string, value: unknown): void {
  if (typeof value !== 'string') throw badArgument(field, `expected a string, got ${typeof value}`);
  if (/\p{Surrogate}/u.test(value)) throw badArgument(field, 'is not valid Unicode');
}

/** The same for every text inside a value, names included. */
export function requireTexts(field: string, value: unknown): void {
  if (typeof value === 'string') requireText(field, value);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    requireText(field, name);
    requireTexts(field, member);
  }
}
