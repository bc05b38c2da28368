import type { Brand } from 'valibot';

/** Names an environment: an executor, and the harnesses that may use it. */
export type EnvironmentId = string & Brand<'EnvironmentId'>;

/** One segment of a path and one word of a line, without anything to escape. */
const FORM = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}$/;

/** Undefined when it is none. */
export const asEnvironmentId = (text: string): EnvironmentId | undefined =>
  FORM.test(text) ? (text as EnvironmentId) : undefined;
