/** An executor that listens, started once and stopped by its pid. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { freshFolder, plainEnvironment } from '#test/interop/support/fresh-folder.js';
import { atExit } from './exit-hooks.js';
import type { ExecutorProgram } from './programs.js';

export interface Server extends AsyncDisposable {
  /** As results name it. */
  readonly label: string;
  readonly url: string;
  readonly pid: number;
  /** The program itself. */
  readonly child: ChildProcess;
  /** From its start until it said where it listens, ms. */
  readonly startedInMs: number;
}

/** `ipc`: a channel to what is loaded into it beside the program. */
export interface ServerOptions {
  readonly ipc?: boolean;
}

/** From SIGTERM to the end of a server; one that needs longer is killed, so that the bench ends too. */
const STOP_MS = 10_000;

/** Of what a server says on stderr, the last characters. */
const MOST_SAID = 10_000;

export async function startServer(
  { label, path, args }: ExecutorProgram,
  { ipc = false }: ServerOptions = {},
): Promise<Server> {
  const home = await freshFolder();
  const began = performance.now();
  const child = spawn(path, [...args, '--listen', 'ws://127.0.0.1:0'], {
    cwd: home.path,
    env: { ...plainEnvironment(home.path), CODEX_HOME: home.path },
    stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
  });
  const closed = once(child, 'close');
  let [said, stopping] = ['', false];
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST_SAID);
  });
  // What a server says while all is well is not what is asked here.
  child.once('close', () => {
    if (!stopping) process.stderr.write(said);
  });
  const forgetExit = atExit(() => {
    child.kill('SIGKILL');
    rmSync(home.path, { recursive: true, force: true });
  });
  const stop = async () => {
    stopping = true;
    child.kill('SIGTERM');
    const lateEnd = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await closed;
    clearTimeout(lateEnd);
    await home[Symbol.asyncDispose]();
    forgetExit();
  };
  const url = await Promise.race([
    once(createInterface(child.stdout!), 'line').then(([line]) => line as string),
    closed.then(([code, signal]) => Promise.reject(new Error(`${label} ended (${code ?? signal}) before it listened`))),
  ]);
  const startedInMs = performance.now() - began;
  return { label, url, pid: child.pid!, child, startedInMs, [Symbol.asyncDispose]: stop };
}
