/** Programs of ours on this machine, for one command of ours, which ends them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface OwnProgram {
  readonly child: ChildProcess;
  /** Ends it; its exit code. Idempotent. */
  end(): Promise<number | null>;
}

export interface OwnProgramOptions {
  /** Below dist. */
  readonly script: 'server.js' | 'cli.js';
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where what it writes to stderr goes. */
  readonly errors: 'inherit' | 'ignore' | 'pipe';
}

export function startOwnProgram({ script, args, env = {}, errors }: OwnProgramOptions): OwnProgram {
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    stdio: ['ignore', 'pipe', errors],
    env: { ...process.env, ...env },
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  return {
    child,
    end: async () => {
      child.kill('SIGTERM');
      return (await ended)[0];
    },
  };
}

/** The first line that `wanted` takes; what follows is read and dropped. Errors: there was none, `otherwise` says so. */
export async function lineOf(
  output: Readable,
  wanted: (line: string) => boolean,
  otherwise: () => string,
): Promise<string> {
  const lines = createInterface({ input: output });
  const found = await new Promise<string | undefined>((resolve) => {
    lines.on('line', (line) => {
      if (wanted(line)) resolve(line);
    });
    lines.on('close', () => resolve(undefined));
  });
  if (found === undefined) throw new Error(otherwise());
  return found;
}

export const anyLine = (): boolean => true;
