/** What this program is made of. A sandbox that could change it would be run by it later, outside of any sandbox. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of our package; this file runs as dist/workers/sandbox/own-program.js. */
const PACKAGE = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');

/** In front of bubblewrap where terminals are opened without native calls. */
const SHELL = '/bin/sh';

/** Node, our code, the packages that it takes code from, wherever they are installed, and what it runs: paths without links. */
export function ownProgram(): readonly string[] {
  const around = dirname(PACKAGE);
  const packages = [join(PACKAGE, 'node_modules'), ...(basename(around) === 'node_modules' ? [around] : [])];
  const parts = [process.execPath, SHELL, join(PACKAGE, 'dist'), join(PACKAGE, 'package.json'), ...packages];
  return parts.filter((path) => existsSync(path)).map((path) => realpathSync(path));
}
