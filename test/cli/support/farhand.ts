import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { TestFn } from 'ava';
import { installationFor } from '#test/support/installation.js';

/** The program behind the `farhand` command; runs with this Node. */
export const CLI = fileURLToPath(import.meta.resolve('#src/cli.js'));

export interface FarhandOptions {
  /** Added to the environment; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What its standard input is: nothing, a pipe of ours that stays open, or a descriptor. Default: nothing. */
  readonly stdin?: 'ignore' | 'pipe' | number;
  /** A program and its arguments that run it in a world of their making. */
  readonly under?: readonly string[];
  /** Another user, and the group of the same number; only root can choose. */
  readonly uid?: number;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Everything a finished program said. */
export interface Outcome extends Ending {
  readonly stdout: Buffer;
  readonly stderr: string;
}

const NO_TOKENS = { FARHAND_TOKEN: undefined, CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN: undefined };

/** `farhand` as a program of its own; disposing of it kills it if it has not ended. */
export class FarhandProgram implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Resolves when the program has ended and its outputs have been closed. */
  readonly ended: Promise<Ending>;
  readonly #said: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  readonly #listeners = new Set<() => void>();

  constructor(args: readonly string[], { env = {}, stdin = 'ignore', under = [], uid }: FarhandOptions = {}) {
    const stdio: StdioOptions = [stdin, 'pipe', 'pipe'];
    // Tokens of the machine's user are not for these tests.
    const environment = { ...process.env, ...NO_TOKENS, ...env };
    const installation = installationFor(uid);
    const [program, ...programArgs] = [...under, installation.node, installation.at(CLI), ...args];
    const identity = uid === undefined ? {} : { uid, gid: uid, cwd: installation.root };
    this.child = spawn(program!, programArgs, { env: environment, stdio, ...identity });
    this.pid = this.child.pid!;
    this.ended = once(this.child, 'close').then(([code, signal]) => ({ code, signal }));
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]?.on('data', (bytes: Buffer) => {
        this.#said[name].push(bytes);
        for (const listener of this.#listeners) listener();
      });
    }
    // Whoever writes to a program that has ended learns of it by the end.
    this.child.stdin?.on('error', () => {});
    void this.ended.then(() => {
      for (const listener of this.#listeners) listener();
    });
  }

  get stdin(): Writable {
    return this.child.stdin!;
  }

  get stdout(): Readable {
    return this.child.stdout!;
  }

  /** What it has said so far on its standard output. */
  get text(): string {
    return Buffer.concat(this.#said.stdout).toString();
  }

  /** Resolves with the first match on standard output, or error. Rejects when the program ends without it. */
  says(pattern: RegExp, on: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(Buffer.concat(this.#said[on]).toString());
        if (match !== null) resolve(match);
        else if (this.child.exitCode === null && this.child.signalCode === null) return;
        else reject(new Error(`ended without saying ${pattern}: ${this.text}${Buffer.concat(this.#said.stderr)}`));
        this.#listeners.delete(look);
      };
      this.#listeners.add(look);
      look();
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Everything it said, when it has ended. */
  async outcome(): Promise<Outcome> {
    const ending = await this.ended;
    return { ...ending, stdout: Buffer.concat(this.#said.stdout), stderr: Buffer.concat(this.#said.stderr).toString() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.kill('SIGKILL');
    await this.ended;
  }
}

/** Runs `farhand` to its end; with `input`, that is its whole standard input, as a pipe. */
export async function farhand(
  args: readonly string[],
  { input, ...options }: FarhandOptions & { readonly input?: string | Uint8Array } = {},
): Promise<Outcome> {
  const program = new FarhandProgram(args, input === undefined ? options : { ...options, stdin: 'pipe' });
  if (input !== undefined) program.stdin.end(input);
  return await program.outcome();
}

/** The arguments of `farhand run` for a command on the executor at `url`. */
export const runArguments = (url: string, argv: readonly string[], flags: readonly string[]): string[] => [
  'run',
  ...flags,
  url,
  '--',
  ...argv,
];

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly program: FarhandProgram;
}

/** `farhand serve` on a free port; disposing of it ends it as a service manager would. */
export async function serve(...args: readonly string[]): Promise<Served> {
  const program = new FarhandProgram(['serve', ...args]);
  const [, url] = await program.says(/^(ws:\/\/\S+)\n/);
  const stop = async () => {
    program.kill('SIGTERM');
    await program.ended;
  };
  return { url: url!, program, [Symbol.asyncDispose]: stop };
}

/** One executor for all tests of a file, and the arguments of `farhand run` on it. */
export function runOnOneExecutor(test: TestFn) {
  let executor: Served;
  test.before(async () => {
    executor = await serve();
  });
  test.after.always(() => executor[Symbol.asyncDispose]());
  const run = (argv: readonly string[], flags: readonly string[] = []) => runArguments(executor.url, argv, flags);
  const sh = (script: string, flags: readonly string[] = []) => run(['sh', '-c', script], flags);
  return { run, sh };
}
