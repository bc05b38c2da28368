/**
 * Names that stay read-only right below every writable directory: what is written there decides what others run later. Not in
 * directories further below. Source: 0.169.0.
 */
import { GIT_POINTER_BYTES } from '../protocol/limits.js';
import type { Disk } from './disk.js';
import { entryOf } from './paths.js';

export const PROTECTED_NAMES: readonly string[] = ['.git', '.agents', '.codex', '.aws'];

export const protectedPaths = (directory: string): string[] => PROTECTED_NAMES.map((name) => entryOf(directory, name));

/**
 * Where the repository of a linked work tree is, if `.git` in the directory is a file that tells it. Absolute; `..` and links in it
 * are still to be followed.
 */
export function gitDirectory(directory: string, disk: Disk): string | undefined {
  const pointer = entryOf(directory, '.git');
  if (disk.look(pointer).is !== 'file') return undefined;
  const told = /^gitdir:[ \t]*([^\0\s][^\0\n]*?)\r?\n?$/.exec(disk.readText(pointer, GIT_POINTER_BYTES) ?? '')?.[1];
  if (told === undefined) return undefined;
  return told.startsWith('/') ? told : entryOf(directory, told);
}
