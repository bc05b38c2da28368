import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Part of the build, not of the package. This file runs as build/test/bench/support/bench.js. */
const MAIN = fileURLToPath(new URL('../../../bench/main.js', import.meta.url));

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the benches as `npm run bench -- ARGS` does; `env` is added to the environment. */
export function bench(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { env: { ...process.env, ...env } },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode, stdout, stderr });
      },
    );
  });
}
