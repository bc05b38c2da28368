/** Where this executor's user keeps what is theirs. Source: 0.169.0, probed. */
import { realpathSync, type Stats, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import type { HomeVariables } from '#src/pool/file-calls.js';
import { internalError } from '#src/protocol/errors.js';
import { thrownText } from '#src/protocol/os-error.js';

/** The user's home as an absolute path; undefined when nobody says where it is, or only relatively. */
export function userHome(variables: HomeVariables): string | undefined {
  const home = homeOf(variables);
  return home !== undefined && isAbsolute(home) ? resolve(home) : undefined;
}

/**
 * The folder of Codex, which it shares with this executor. One that was named is taken without its links; the usual one as it stands.
 * Errors: -32603 when the named one is not there, and when there is no home.
 */
export function codexHome(variables: HomeVariables): string {
  const named = variables.CODEX_HOME;
  if (named) return existingFolder(named);
  const home = homeOf(variables);
  if (home === undefined) throw internalError('Could not find home directory');
  return resolve(home, '.codex');
}

/** A variable that is empty counts as none. */
const homeOf = ({ HOME }: HomeVariables): string | undefined => HOME || accountHome();

/** From the user database, which does not know every user of a container. */
function accountHome(): string | undefined {
  try {
    return userInfo().homedir || undefined;
  } catch {
    return undefined;
  }
}

function existingFolder(named: string): string {
  const quoted = JSON.stringify(named);
  let stats: Stats | undefined;
  try {
    stats = statSync(named, { throwIfNoEntry: false });
  } catch (error) {
    throw internalError(`failed to read CODEX_HOME ${quoted}: ${thrownText(error)}`, error);
  }
  if (stats === undefined) throw internalError(`CODEX_HOME points to ${quoted}, but that path does not exist`);
  if (!stats.isDirectory()) throw internalError(`CODEX_HOME points to ${quoted}, but that path is not a directory`);
  return realpathSync.native(named);
}
