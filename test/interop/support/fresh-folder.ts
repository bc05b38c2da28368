import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface FreshFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * An empty folder that is removed when it is disposed of.
 * Not under the system's temp folder: there the real program refuses to make the links to its helpers.
 */
export async function freshFolder(): Promise<FreshFolder> {
  const path = await mkdtemp(join('/var/tmp', 'farhand-interop-'));
  return {
    path,
    // A program that is just ending may still write while we remove.
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** The whole environment of a program under test: nothing of the machine's user, no proxies, no profile that takes its time. */
export const plainEnvironment = (home: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
  HOME: home,
  LANG: 'C.UTF-8',
});
