/** Locks that the reference heeds, too: flock(2) on a file beside the one that is written. */
import { type FileHandle, open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { AUTH_FILE_LOCK_MS, AUTH_FILE_LOCK_RETRY_MS } from '../protocol/limits.js';
import { authFileBusy } from './errors.js';

/** Source: <sys/file.h>, alike on Linux and macOS. */
const LOCK_EX = 2;
const LOCK_NB = 4;

type Flock = (fd: number, operation: number) => number;

export type Sleep = (ms: number) => Promise<void>;

/**
 * Holds the lock until it is disposed of. Waiting is looking again from time to time, for a wait in the kernel would hold up
 * the event loop. Where native calls are not to be had nothing is locked: then a token that another program has just used is
 * refused by whoever gave it out, and the file read again.
 * Errors: `unavailable` after 10 s; whatever opening the file says.
 */
export async function lockFile(path: string, sleep: Sleep): Promise<AsyncDisposable> {
  const file = await open(path, 'a', 0o600);
  try {
    await lock(file, sleep);
  } catch (error) {
    await file.close();
    throw error;
  }
  // Closing it is the end of the lock.
  return { [Symbol.asyncDispose]: () => file.close() };
}

async function lock(file: FileHandle, sleep: Sleep): Promise<void> {
  const flock = nativeFlock();
  if (flock === undefined) return;
  for (let waited = 0; flock(file.fd, LOCK_EX | LOCK_NB) !== 0; waited += AUTH_FILE_LOCK_RETRY_MS) {
    if (waited >= AUTH_FILE_LOCK_MS) throw authFileBusy();
    await sleep(AUTH_FILE_LOCK_RETRY_MS);
  }
}

let bound: Flock | undefined;

/** Bound when it is first needed: loading koffi takes some time. */
function nativeFlock(): Flock | undefined {
  try {
    bound ??= createRequire(import.meta.url)('koffi')
      .load(null)
      .func('int flock(int fd, int operation)') as Flock;
    return bound;
  } catch {
    return undefined;
  }
}
