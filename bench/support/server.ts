/** The two executors as programs of their own, each started once and stopped by its pid. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freshFolder, plainEnvironment } from '#test/interop/support/fresh-folder.js';
import { installedProgram, whyUnsupported } from '#test/interop/support/install.js';
import { CURRENT_RELEASE } from '#test/interop/support/releases.js';
import { atExit } from './exit-hooks.js';

export interface Server extends AsyncDisposable {
  /** As results name it. */
  readonly label: string;
  readonly url: string;
  readonly pid: number;
}

/** Names the real program to compare with; by default the release whose wire forms we speak is installed. */
export const RIVAL_VARIABLE = 'FARHAND_BENCH_RIVAL';

/** From SIGTERM to the end of a server; one that needs longer is killed, so that the bench ends too. */
const STOP_MS = 10_000;

const LISTEN = ['--listen', 'ws://127.0.0.1:0'];

export const startOurs = (): Promise<Server> =>
  startServer('farhand', process.execPath, [fileURLToPath(import.meta.resolve('#src/server.js')), ...LISTEN]);

/** Errors: the real program cannot be had on this machine. */
export async function startRival(): Promise<Server> {
  const program = process.env[RIVAL_VARIABLE] ?? (await installedRival());
  const { stdout: label } = await promisify(execFile)(program, ['--version']);
  return startServer(label.trim(), program, ['exec-server', ...LISTEN]);
}

async function installedRival(): Promise<string> {
  if (whyUnsupported !== undefined) throw new Error(`${whyUnsupported}; ${RIVAL_VARIABLE} may name one that runs here`);
  return installedProgram(CURRENT_RELEASE);
}

async function startServer(label: string, program: string, args: readonly string[]): Promise<Server> {
  const home = await freshFolder();
  const child = spawn(program, args, {
    cwd: home.path,
    env: { ...plainEnvironment(home.path), CODEX_HOME: home.path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const forgetExit = atExit(() => {
    child.kill('SIGKILL');
    rmSync(home.path, { recursive: true, force: true });
  });
  const stop = async () => {
    child.kill('SIGTERM');
    const lateEnd = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await closed;
    clearTimeout(lateEnd);
    await home[Symbol.asyncDispose]();
    forgetExit();
  };
  const url = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([line]) => line as string),
    closed.then(([code, signal]) => Promise.reject(new Error(`${label} ended (${code ?? signal}) before it listened`))),
  ]);
  return { label, url, pid: child.pid!, [Symbol.asyncDispose]: stop };
}
