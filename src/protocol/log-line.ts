/** What is written to standard error for those who look after a program: one line each, as the reference writes them. */

export type Level = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/** Undefined is left out. */
export type Field = string | number | undefined;

/** Without its end: time, level, message and `key=value` in the order of the fields. */
export function logLine(
  now: Date,
  level: Level,
  message: string,
  fields: Readonly<Record<string, Field>> = {},
): string {
  const told = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${typeof value === 'number' ? value : JSON.stringify(printable(value))}`],
  );
  return [now.toISOString(), level.padStart(5), printable(message), ...told].join(' ');
}

/** Control characters, and those at which some programs end a line: the first are obeyed by terminals, the others forge lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
const UNPRINTABLE = /[\0-\x1f\x7f-\x9f\u2028\u2029]/g;

/** On one line, and nothing that a terminal obeys. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, '\ufffd');
