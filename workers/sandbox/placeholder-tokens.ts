/**
 * Files that tell who relies on which placeholder. Each is a link whose text is the placeholder's path: so it has its content from
 * the moment it is there, and needs no descriptor.
 *
 *   HASH.using.directory.OWNER.7        a sandbox relies on it
 *   HASH.removing.directory.OWNER.8     somebody is about to look whether any sandbox does, and to remove it if none does
 */
import { createHash } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import type { Placeholder } from '#src/sandbox/mount-operation.js';

export interface Token {
  readonly file: string;
  /** Of the path. */
  readonly hash: string;
  readonly role: 'using' | 'removing';
  readonly object: Placeholder['object'];
  /** See token-owner.ts. */
  readonly owner: string;
}

export type TokenFacts = Omit<Token, 'file' | 'hash'> & { readonly path: string; readonly number: number };

export const hashOf = (path: string): string => createHash('sha256').update(path).digest('base64url');

export const tokenFile = ({ path, role, object, owner, number }: TokenFacts): string =>
  [hashOf(path), role, object, owner, number].join('.');

/**
 * What is there during the whole call is found; of what comes, goes or gets another name meanwhile nothing is certain. Nothing where
 * the directory is missing. Errors: the system's.
 */
export const tokensIn = (directory: string): Token[] => namesIn(directory).flatMap(parsed);

function parsed(file: string): Token[] {
  const [, hash, role, object, owner] = TOKEN.exec(file) ?? [];
  if (hash === undefined || owner === undefined) return [];
  return [{ file, hash, role: role as Token['role'], object: object as Token['object'], owner }];
}
const TOKEN = /^([\w-]+)\.(using|removing)\.(directory|file)\.([^.]+)\.\d+$/;

/** What is in a directory; nothing where it is missing. Errors: the system's. */
export function namesIn(directory: string): readonly string[] {
  let names: string[] = [];
  done(() => {
    names = readdirSync(directory);
  }, 'ENOENT');
  return names;
}

/** Undefined when nothing is there. Errors: the system's. */
export function linkText(path: string): string | undefined {
  let text: string | undefined;
  done(() => {
    text = readlinkSync(path);
  }, 'ENOENT');
  return text;
}

/** False when it fails in one of the ways that are to be expected. */
export function done(act: () => void, ...expected: readonly string[]): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (expected.includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
