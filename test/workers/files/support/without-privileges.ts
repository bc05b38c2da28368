import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Calls a function of a worker's module from a process that permissions hold for: tests may run as root, which they do not.
 * A file or directory has this mode meanwhile. Results and tasks travel as JSON.
 */
export function withoutPrivileges(
  module: string,
  name: string,
  task: object,
  place: string,
  mode: number,
): { done: unknown } | { thrown: string } {
  const script = `
    import { ${name} } from ${JSON.stringify(fileURLToPath(import.meta.resolve(`#workers/${module}.js`)))};
    let outcome;
    try {
      outcome = { done: ${name}(${JSON.stringify(task)}) };
    } catch (error) {
      outcome = { thrown: error.code };
    }
    console.log(JSON.stringify(outcome));
  `;
  const node = [process.execPath, '--input-type=module', '--eval', script];
  const [command, ...args] = process.geteuid?.() === 0 ? [...POWERLESS, ...node] : node;
  chmodSync(place, mode);
  try {
    return JSON.parse(execFileSync(command!, args, { encoding: 'utf8' }));
  } finally {
    chmodSync(place, 0o700);
  }
}

/** Root without what makes it root to the file system; still the owner of its files. */
const POWERLESS = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'];
