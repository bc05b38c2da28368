import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, loadavg, release, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What a figure depends on and a reader of it cannot see. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly kernel: string;
  readonly node: string;
  /** Package version and commit of what is measured; `+` after it when the tree had changes. */
  readonly build: string;
  /** Runnable threads during the last minute, before the first measurement. */
  readonly load: number;
}

export async function describeMachine(): Promise<Machine> {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    kernel: `${type()} ${release()} ${arch()}`,
    node: process.version,
    build: await describeBuild(),
    load: loadavg()[0]!,
  };
}

/** This file runs as build/bench/support/machine.js. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

async function describeBuild(): Promise<string> {
  const { version } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as { version: string };
  try {
    const { stdout } = await promisify(execFile)('git', ['describe', '--always', '--dirty=+', '--exclude=*'], {
      cwd: ROOT,
    });
    return `${version} ${stdout.trim()}`;
  } catch {
    // Unpacked from a tarball: the version says it all.
    return version;
  }
}
