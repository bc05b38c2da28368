/** The arguments of commands that can be run in a sandbox. */
import type { Command } from 'commander';
import { fileUri, readOnlySandbox, type Sandbox, workspaceSandbox } from '../index.js';
import { usageError } from './failure.js';

const MODES = ['read-only', 'workspace'] as const;
type Mode = (typeof MODES)[number];

export interface SandboxFlags {
  readonly sandbox?: Mode;
  readonly writable?: readonly string[];
  readonly network?: boolean;
}

export const withSandboxOptions = (command: Command): Command =>
  command
    .option('--sandbox <MODE>', `${MODES[0]}, or ${MODES[1]}: the working directory and /tmp can be written`, readMode)
    .option('--writable <DIR>', 'in a workspace sandbox also this directory, absolute; may be repeated', readDirectory)
    .option('--network', 'in a sandbox also the network');

/** The sandbox that is asked for, by the directory of the command. Errors: a usage error for flags that need one. */
export function sandboxFor(flags: SandboxFlags): (directory: string) => Sandbox | undefined {
  const { sandbox, writable = [], network = false } = flags;
  if (writable.length > 0 && sandbox !== 'workspace') throw usageError('--writable needs --sandbox workspace');
  switch (sandbox) {
    case undefined:
      if (network) throw usageError('--network needs --sandbox; a command without a sandbox has the network');
      return () => undefined;
    case 'read-only':
      return () => readOnlySandbox({ network });
    case 'workspace':
      return (directory) => workspaceSandbox([directory, ...writable], { network });
    default:
      return sandbox satisfies never;
  }
}

function readMode(text: string): Mode {
  const mode = MODES.find((each) => each === text);
  if (mode === undefined) throw usageError(`--sandbox ${text}: expected ${MODES.join(' or ')}`);
  return mode;
}

function readDirectory(text: string, earlier: readonly string[] = []): string[] {
  try {
    fileUri(text);
  } catch {
    throw usageError(`--writable ${text}: expected an absolute path`);
  }
  return [...earlier, text];
}
