/** Where bubblewrap is. Requests have no say in this: whoever chooses the program chooses what it enforces. */
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Lack } from './finding.js';

/** Path of the bubblewrap to take, for a machine that has several or keeps it in an unusual place. */
export const BUBBLEWRAP_VARIABLE = 'FARHAND_BWRAP';

const USUAL_PLACES = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap'];

export interface Place {
  readonly path: string;
}

/**
 * The path that the operator chose, else the first that exists of the usual places and then of PATH, as both were when the executor
 * began. From PATH only what nobody but root and ourselves can replace.
 */
export async function findBubblewrap(
  environment: Readonly<Record<string, string | undefined>>,
  usualPlaces: readonly string[] = USUAL_PLACES,
): Promise<Place | Lack> {
  const chosen = environment[BUBBLEWRAP_VARIABLE];
  if (chosen) return readChosen(chosen);
  for (const path of usualPlaces) {
    if (await isProgram(path)) return { path };
  }
  for (const directory of (environment.PATH ?? '').split(':').filter(isAbsolute)) {
    const path = join(directory, 'bwrap');
    if ((await isProgram(path)) && (await isOursAlone(path))) return { path };
  }
  return { problem: 'bubblewrap (bwrap) is not installed', remedy: INSTALL };
}

export const INSTALL = 'install it, on Debian and Ubuntu with `apt-get install bubblewrap`';

async function readChosen(path: string): Promise<Place | Lack> {
  const remedy = `correct or remove ${BUBBLEWRAP_VARIABLE}`;
  if (!isAbsolute(path)) return { problem: `${BUBBLEWRAP_VARIABLE} must be an absolute path, not \`${path}\``, remedy };
  if (await isProgram(path)) return { path };
  return { problem: `${BUBBLEWRAP_VARIABLE} names \`${path}\`, where no program is`, remedy };
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Neither the program itself nor any directory above it can be changed by another user, but by root. */
async function isOursAlone(path: string): Promise<boolean> {
  try {
    for (let place = await realpath(path); ; place = dirname(place)) {
      const { uid, mode } = await stat(place);
      // In a sticky directory everybody may make files, but nobody can replace those of others.
      const isShared = (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
      if (isShared || ![0, process.getuid!()].includes(uid)) return false;
      if (place === '/') return true;
    }
  } catch {
    return false;
  }
}
