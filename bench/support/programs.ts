/** The two executors as programs, whatever the way to them. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installedProgram, whyUnsupported } from '#test/interop/support/install.js';
import { CURRENT_RELEASE } from '#test/interop/support/releases.js';

export interface ExecutorProgram {
  /** As results name it. */
  readonly label: string;
  readonly path: string;
  /** What stands before its flags, which are the same for both. */
  readonly args: readonly string[];
}

/** Names the real program to compare with; by default the release whose wire forms we speak is installed. */
export const RIVAL_VARIABLE = 'FARHAND_BENCH_RIVAL';

export const OURS: ExecutorProgram = {
  label: 'farhand',
  path: process.execPath,
  args: [fileURLToPath(import.meta.resolve('#src/server.js'))],
};

/** Errors: the real program cannot be had on this machine. */
export async function findRival(): Promise<ExecutorProgram> {
  const path = process.env[RIVAL_VARIABLE] ?? (await installedRival());
  const { stdout: label } = await promisify(execFile)(path, ['--version']);
  return { label: label.trim(), path, args: ['exec-server'] };
}

async function installedRival(): Promise<string> {
  if (whyUnsupported !== undefined) throw new Error(`${whyUnsupported}; ${RIVAL_VARIABLE} may name one that runs here`);
  return installedProgram(CURRENT_RELEASE);
}
