import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { installationFor } from './installation.js';

export type SpawnerName = 'auto' | 'child_process';
/** Both ways of starting processes, for tests of what must not differ between them. */
export const SPAWNERS: readonly SpawnerName[] = ['auto', 'child_process'];

const SERVER = fileURLToPath(import.meta.resolve('#src/server.js'));

export interface ExecutorProgramOptions {
  readonly spawner?: SpawnerName;
  /** Another program that serves in the same way. */
  readonly program?: string;
  /** Arguments besides the address. */
  readonly args?: readonly string[];
  /** Variables besides our own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another user, and the group of the same number; only root can choose. */
  readonly uid?: number;
}

/** An executor that runs as a program of its own, on a free port; disposing of it kills it if it has not ended. */
export class ExecutorProgram implements AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly process: ChildProcess;
  /** How it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;

  #stderr = '';

  private constructor(process: ChildProcess, url: string) {
    this.process = process;
    this.pid = process.pid!;
    this.url = url;
    process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = once(process, 'exit').then(([code, signal]) => ({ code, signal }));
  }

  static async start({
    spawner = 'auto',
    program = SERVER,
    args = [],
    env = {},
    uid,
  }: ExecutorProgramOptions = {}): Promise<ExecutorProgram> {
    const installation = installationFor(uid);
    const child = spawn(installation.node, [installation.at(program), '--listen', 'ws://127.0.0.1:0', ...args], {
      env: { ...process.env, FARHAND_SPAWNER: spawner, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(uid !== undefined && { uid, gid: uid, cwd: installation.root }),
    });
    const lines = createInterface({ input: child.stdout! });
    const ended = once(lines, 'close').then(async () => {
      throw new Error(`the executor ended before it said where it listens: ${await text(child.stderr!)}`);
    });
    const [url] = await Promise.race([once(lines, 'line'), ended]);
    return new ExecutorProgram(child, url);
  }

  /** What it has said on standard error. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Says one line on its standard input. */
  tell(line: string): void {
    this.process.stdin!.write(`${line}\n`);
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.kill('SIGTERM');
    await this.ended;
  }
}
