/** From a plan to the words of bubblewrap (0.8 and later), in the order in which it does them. */
import { SANDBOX_OPTION_WORDS, SANDBOX_SHARED_MEMORY_BYTES, SANDBOX_WORDS } from '../protocol/limits.js';
import type { MountOperation } from './mount-operation.js';
import type { MountPlan } from './mount-plan.js';
import type { Network } from './policy.js';
import { commandTooLarge, nulInLaunch, policyTooLarge } from './policy-errors.js';

/** Descriptors of bubblewrap itself; the command sees none of them. Openings follow, in their order. */
export const SANDBOX_DESCRIPTORS = { seccomp: 3, empty: 4, options: 5, status: 6, firstOpening: 7 } as const;

export interface SandboxLaunch {
  readonly network: Network;
  /** The command keeps the session that it is started in, as job control on a terminal needs it. */
  readonly keepsSession: boolean;
  /** Absolute, without links. A directory that the policy hides makes the launch fail. */
  readonly directory: string;
  /** All that the command gets besides PWD; bubblewrap itself must be started with none. */
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** Program and arguments, as they stand on the command line behind `--`. */
  readonly command: readonly string[];
  /** Whether this bubblewrap knows --bind-fd and --ro-bind-fd. */
  readonly bindsDescriptors: boolean;
}

/**
 * The words before `--`, for encodeOptions. On the command line stand `--args 5 --` and the command.
 * Errors, before anything is started: -32602 for a NUL in any text and for more than SANDBOX_OPTION_WORDS; -32603 for a command with
 * too many words.
 */
export function bwrapArguments(plan: MountPlan, launch: SandboxLaunch): string[] {
  const { network, keepsSession, directory, environment, command, bindsDescriptors } = launch;
  const { seccomp, empty, status } = SANDBOX_DESCRIPTORS;
  const mounts = plan.operations.flatMap((operation) => mountWords(operation, bindsDescriptors));
  const variables = environment.flatMap(([name, value]) => ['--setenv', name, value]);
  const own = plan.isolation === 'all' ? ['--unshare-user', '--unshare-pid', '--unshare-ipc'] : ['--unshare-user'];
  const words = [
    '--die-with-parent',
    ...(keepsSession ? [] : ['--new-session']),
    ...mounts,
    ...own,
    ...(network === 'restricted' ? ['--unshare-net'] : []),
    ...['--cap-drop', 'ALL'],
    ...['--chdir', directory],
    '--clearenv',
    ...variables,
    ...['--seccomp', String(seccomp)],
    ...['--json-status-fd', String(status)],
    // Reading it, which ends at once, closes it: else the command would have it.
    ...(plan.operations.some(readsEmpty) ? [] : ['--block-fd', String(empty)]),
  ];
  if (hasNul([directory, ...mounts])) throw nulInLaunch('path');
  if (hasNul(variables)) throw nulInLaunch('variable');
  if (hasNul(command)) throw nulInLaunch('argument');
  if (words.length > SANDBOX_OPTION_WORDS) throw policyTooLarge();
  if (words.length + command.length > SANDBOX_WORDS) throw commandTooLarge();
  return words;
}

/** As `--args` reads them: each with a NUL behind it. */
export const encodeOptions = (words: readonly string[]): Buffer =>
  Buffer.from(words.map((word) => `${word}\0`).join(''));

const hasNul = (texts: readonly string[]): boolean => texts.some((text) => text.includes('\0'));

const readsEmpty = (operation: MountOperation): boolean =>
  operation.do === 'hideFile' || operation.do === 'placeholderFile';

function mountWords(operation: MountOperation, bindsDescriptors: boolean): string[] {
  switch (operation.do) {
    case 'root':
      return [ROOT_OPTIONS[operation.access], '/', '/'];
    case 'emptyRoot':
      return ['--tmpfs', '/'];
    case 'devices':
      return ['--dev', '/dev'];
    case 'sharedMemory':
      return ['--size', String(SANDBOX_SHARED_MEMORY_BYTES), '--perms', '1777', '--tmpfs', '/dev/shm'];
    case 'processes':
      return ['--proc', '/proc'];
    case 'hostReadOnly':
      return ['--ro-bind', operation.path, operation.path];
    case 'pin':
      return bindWords({ ...operation, access: 'write' }, bindsDescriptors);
    case 'pinWithDevices':
      return ['--dev-bind', operation.path, operation.path];
    case 'bind':
      return bindWords(operation, bindsDescriptors);
    case 'directory':
      return ['--perms', octal(operation.mode), '--dir', operation.path];
    case 'link':
      return ['--symlink', operation.target, operation.path];
    case 'hideDirectory':
      return ['--perms', octal(operation.mode), '--tmpfs', operation.path];
    case 'hideFile':
      return ['--perms', octal(0), '--ro-bind-data', String(SANDBOX_DESCRIPTORS.empty), operation.path];
    case 'placeholderDirectory':
      return ['--perms', octal(0o555), '--tmpfs', operation.path];
    case 'placeholderFile':
      return ['--ro-bind-data', String(SANDBOX_DESCRIPTORS.empty), operation.path];
    case 'seal':
      return ['--remount-ro', operation.path];
    default:
      return operation satisfies never;
  }
}

const ROOT_OPTIONS = { read: '--ro-bind', write: '--bind', devices: '--dev-bind' } as const;

function bindWords(
  { path, access, opening }: Omit<Extract<MountOperation, { do: 'bind' }>, 'do'>,
  byDescriptor: boolean,
): string[] {
  const option = access === 'write' ? '--bind' : '--ro-bind';
  if (!byDescriptor) return [option, path, path];
  return [`${option}-fd`, String(SANDBOX_DESCRIPTORS.firstOpening + opening), path];
}

const octal = (mode: number): string => mode.toString(8).padStart(3, '0');
