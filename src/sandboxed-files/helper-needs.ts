/** What must be readable in a sandbox for a helper to run there, and how it is started. */
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The program of a helper. */
export const HELPER_PROGRAM = fileURLToPath(new URL('../workers/sandboxed-files.js', import.meta.url));

/** Memory of its own for JavaScript, MiB; contents of files lie outside of it. */
const HEAP_MIB = 256;

const NODE = realpathSync(process.execPath);

/** Its arguments, the path of Node first. */
export const HELPER_COMMAND: readonly string[] = [NODE, `--max-old-space-size=${HEAP_MIB}`, HELPER_PROGRAM];

/** What it runs besides: our own code, which takes nothing from other packages here. */
const OURS: readonly string[] = [
  fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, ''),
  fileURLToPath(new URL('../../package.json', import.meta.url)),
];

let needs: readonly string[] | undefined;

/**
 * What must be readable for a helper, and must not be writable for whom it serves: Node, the libraries that it is linked to and
 * what loads them, under the names by which they are looked for, and our code. The first call takes some ms: it asks the loader.
 */
export function helperNeeds(): readonly string[] {
  needs ??= [NODE, ...librariesIn(askLoader()), ...OURS];
  return needs;
}

/**
 * glibc's loader lists what it would load instead of starting the program. Another one starts it, to say its version and nothing
 * else: then a helper needs a policy under which the platform's directories can be read.
 */
function askLoader(): string {
  const env = { LD_TRACE_LOADED_OBJECTS: '1' };
  return spawnSync(NODE, ['--version'], { env, encoding: 'utf8', timeout: LOADER_MS }).stdout ?? '';
}
const LOADER_MS = 5_000;

/** `name => path (address)`, and without a name for the loader itself; the kernel's own has no path. */
export const librariesIn = (listing: string): string[] =>
  [...listing.matchAll(/^\s+(?:\S+ => )?(\/.*) \(0x[0-9a-f]+\)$/gm)].map(([, path]) => path!);
