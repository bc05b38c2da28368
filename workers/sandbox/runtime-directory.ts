/** The directory in which all executors of one user keep what they must share. No sandbox may reach it. */
import { lstatSync, mkdirSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { internalError } from '#src/protocol/errors.js';
import { runtimePlaces } from '#src/sandbox/runtime-places.js';

/** Its path, without links in it. It goes by the user alone: executors with different environments must find the same one. */
export function runtimeDirectory(): string {
  const user = userId();
  const { ofLogin, withoutLogin } = runtimePlaces(user);
  const stats = lookedAt(dirname(ofLogin));
  return stats?.isDirectory() && stats.uid === user ? ofLogin : withoutLogin;
}

/**
 * Makes the directory if it is not there, and makes sure that nobody else can change what is in it: where it is, anybody may have
 * made it before us. Errors: -32603.
 */
export function prepareRuntimeDirectory(path: string): void {
  let stats = lookedAt(path);
  if (stats === undefined) {
    makeDirectory(path);
    stats = lookedAt(path);
  }
  if (!stats?.isDirectory()) throw unusable(path, 'it is no directory');
  if (stats.uid !== userId()) throw unusable(path, 'it belongs to another user');
  if ((stats.mode & 0o777) !== 0o700) throw unusable(path, 'its mode is not 0700');
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another executor was quicker.
    if (code !== 'EEXIST') throw unusable(path, `it cannot be made (${code})`, error);
  }
}

function lookedAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** As whom files are made. Windows has no such number, and no sandbox. */
const userId = (): number => process.geteuid?.() ?? 0;

const unusable = (path: string, reason: string, cause?: unknown) =>
  internalError(`sandbox unavailable: the runtime directory ${path} cannot be used: ${reason}`, cause);
