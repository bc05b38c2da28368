/** One launch of bubblewrap around a program that does nothing: whether the system allows what its options ask for. */
import { access, readFile } from 'node:fs/promises';
import type { Lack } from './finding.js';
import { KERNEL_SETTINGS, type KernelSettings, remedyFor } from './remedy.js';
import { firstLine, isSuccess, type Outcome, runProgram } from './run-program.js';

/** Options of every launch that some machine is known to refuse, from the most basic one on. */
export const TRIED = {
  files: ['--die-with-parent', '--ro-bind', '/', '/', '--dev', '/dev', '--unshare-user'],
  processes: ['--unshare-pid', '--unshare-ipc'],
  network: ['--unshare-net'],
  capabilities: ['--cap-drop', 'ALL'],
  /** The filter is what the descriptor 3 holds. */
  filter: ['--seccomp', '3'],
  ownProcesses: ['--proc', '/proc'],
} as const;

export interface Refusal extends Lack {
  /** In a container whose own /proc is partly masked the kernel allows no new one. */
  readonly isOnlyProc: boolean;
}

/** Out: undefined when it went well. */
export async function tryLaunch(
  path: string,
  words: readonly string[],
  { filter, signal }: { readonly filter: Uint8Array; readonly signal: AbortSignal },
): Promise<Refusal | undefined> {
  const outcome = await runProgram([path, ...words, '--', ...(await findNothing())], { signal, bytes: filter });
  return isSuccess(outcome) ? undefined : refusal(outcome);
}

/** A program that does nothing, and does it well. */
async function findNothing(): Promise<readonly string[]> {
  for (const path of ['/usr/bin/true', '/bin/true']) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return [path];
  }
  return ['/bin/sh', '-c', ':'];
}

async function refusal(outcome: Outcome): Promise<Refusal> {
  if (outcome.is === 'failed') return unexplained(`bubblewrap does not work: ${outcome.why}`);
  const line = firstLine(outcome.errors);
  if (line === '') return unexplained(`bubblewrap ended with code ${outcome.exitCode} and said nothing`);
  return {
    problem: line,
    remedy: remedyFor(line, await readSettings(), process.getuid!()),
    isOnlyProc: /Can't mount proc\b.*\/newroot\/proc/.test(outcome.errors),
  };
}

const unexplained = (problem: string): Refusal => ({ problem, remedy: undefined, isOnlyProc: false });

async function readSettings(): Promise<KernelSettings> {
  const [userNamespacesForAll, appArmorRestricts, mostUserNamespaces] = await Promise.all([
    readSetting(KERNEL_SETTINGS.userNamespacesForAll),
    readSetting(KERNEL_SETTINGS.appArmorRestricts),
    readSetting(KERNEL_SETTINGS.mostUserNamespaces),
  ]);
  return { userNamespacesForAll, appArmorRestricts, mostUserNamespaces };
}

const readSetting = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
