/** Whether the kernel would take a command with its environment. In a sandbox only its bubblewrap would find out, and fail late. */
import { readFileSync } from 'node:fs';

/** Limits of execve. Source: Linux, fs/exec.c and binfmts.h. */
const WORD_BYTES = 32 * 4096;
const LEAST_BYTES = 32 * 4096;
const MOST_BYTES = 6 * 1024 * 1024;
const POINTER_BYTES = 8;

/**
 * Room for a program's words with their pointers, bytes, by the text of /proc/self/limits: a quarter of the stack, within bounds.
 * A sandbox inherits the limits of this program.
 */
export function roomForWords(limits: string): number {
  const [, stack] = /^Max stack size +(\d+)/m.exec(limits) ?? [];
  const quarter = stack === undefined ? MOST_BYTES : Number(stack) / 4;
  return Math.max(LEAST_BYTES, Math.min(MOST_BYTES, quarter));
}

let room: number | undefined;

export function fitsExec(
  argv: readonly string[],
  environment: readonly (readonly [name: string, value: string])[],
): boolean {
  room ??= roomForWords(readFileSync('/proc/self/limits', 'utf8'));
  return fitsIn(room, [...argv, ...environment.map(([name, value]) => `${name}=${value}`)]);
}

export function fitsIn(room: number, words: readonly string[]): boolean {
  const lengths = words.map((word) => Buffer.byteLength(word) + 1);
  const total = lengths.reduce((sum, length) => sum + length + POINTER_BYTES, 0);
  return total <= room && lengths.every((length) => length <= WORD_BYTES);
}
