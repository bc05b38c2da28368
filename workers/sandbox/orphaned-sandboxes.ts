/**
 * A bubblewrap that is killed at the very beginning leaves its child waiting for it for ever: the child asks to die with it only later.
 * Killing its group would end both, but an executor that is itself killed before it has written the group down can do nothing.
 */
import { readFileSync } from 'node:fs';
import { SANDBOX_DESCRIPTORS } from '#src/sandbox/bwrap-arguments.js';
import { isFirstInside, killNow, lookAround, type ProcessEntry, processEntry } from '../process-entry.js';

const NAME = 'bwrap';
/** How our launches look behind the program's name, and no one else's: see launcher.ts. */
const WORDS = ['--args', String(SANDBOX_DESCRIPTORS.options), '--'];

/** Kills the first processes of sandboxes of any executor whose bubblewrap has gone. Those of other users are left alone. */
export function killOrphanedSandboxes(): void {
  for (const entry of lookAround().entries) if (isOrphaned(entry)) killNow(entry.pid);
}

function isOrphaned({ pid, name, parent }: ProcessEntry): boolean {
  if (name !== NAME || processEntry(parent)?.name === NAME) return false;
  const [, ...words] = commandLine(pid).split('\0');
  return WORDS.every((word, at) => words[at] === word) && isFirstInside(pid);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
