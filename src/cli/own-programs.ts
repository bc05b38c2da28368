/** Programs of ours on this machine, and their files, for one command of ours, which ends them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { thrownText } from '../protocol/os-error.js';
import { CommandFailure } from './failure.js';

export interface OwnProgram {
  readonly child: ChildProcess;
  /** Ends it; its exit code. Idempotent. */
  end(): Promise<number | null>;
}

export interface OwnProgramOptions {
  /** Below dist. It ends with its standard input, which is ours: nothing of us outlives us, however we end. */
  readonly script: 'server.js' | 'cli.js';
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where what it writes to stderr goes. */
  readonly errors: 'inherit' | 'ignore' | 'pipe';
}

/** What a program of ours cannot do: our command has failed, not that of a user. */
const NOT_STARTED = 1;
export const ownFailure = (problem: string) => new CommandFailure(problem, NOT_STARTED);

/** Disposing of it ends every program that was started here, and removes every folder. */
export class OwnPrograms implements AsyncDisposable {
  readonly #programs: OwnProgram[] = [];
  readonly #folders: string[] = [];
  #disposed = false;

  /** Errors: CommandFailure where it cannot be made. */
  async folder(): Promise<string> {
    this.#refuseWhenDisposed();
    const path = await mkdtemp(join(tmpdir(), 'farhand-')).catch((error) => {
      throw ownFailure(`cannot make a folder for what is temporary: ${thrownText(error)}`);
    });
    this.#folders.push(path);
    if (this.#disposed) await this[Symbol.asyncDispose]();
    return path;
  }

  start({ script, args, env = {}, errors }: OwnProgramOptions): OwnProgram {
    this.#refuseWhenDisposed();
    const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
    const child = spawn(process.execPath, [path, ...args, '--exit-on-stdin-close'], {
      stdio: ['pipe', 'pipe', errors],
      env: { ...process.env, ...env },
    });
    const ended = once(child, 'exit') as Promise<[number | null]>;
    const program = {
      child,
      end: async () => {
        child.kill('SIGTERM');
        return (await ended)[0];
      },
    };
    this.#programs.push(program);
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await Promise.all(this.#programs.map((program) => program.end()));
    await Promise.all(this.#folders.map((path) => rm(path, { recursive: true, force: true })));
  }

  #refuseWhenDisposed(): void {
    if (this.#disposed) throw ownFailure('this command is ending');
  }
}

/** The first line that `wanted` takes; what follows is read and dropped. Errors: CommandFailure where there was none, `otherwise` says so. */
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
  if (found === undefined) throw ownFailure(otherwise());
  return found;
}

export const anyLine = (): boolean => true;
