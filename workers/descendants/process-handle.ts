/** A process to be signalled, and never another that has got its number meanwhile. */
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { bindSyscall, PIDFD_OPEN, PIDFD_SEND_SIGNAL } from '../native/libc.js';
import { type ProcessEntry, processEntry } from '../process-entry.js';

export interface ProcessHandle {
  /** Does nothing to one that has ended, or that we may not signal. */
  signal(signal: 'SIGSTOP' | 'SIGKILL'): void;
  close(): void;
}

/** Undefined when it has ended. */
export function openProcess(entry: ProcessEntry): ProcessHandle | undefined {
  const { pid } = entry;
  const syscall = bindSyscall();
  const fd = syscall?.(PIDFD_OPEN, pid, 0, 0, 0) ?? -1;
  // Looked at behind the opening: whoever is found there now is the one that was opened.
  if (!isStill(entry)) {
    if (fd >= 0) closeSync(fd);
    return undefined;
  }
  if (syscall && fd >= 0) {
    return {
      signal: (signal) => void syscall(PIDFD_SEND_SIGNAL, fd, constants.signals[signal], 0, 0),
      close: () => closeSync(fd),
    };
  }
  // Without handles (Linux before 5.3, no native calls): it is made sure of right before each signal.
  return {
    signal: (signal) => {
      if (isStill(entry)) send(pid, signal);
    },
    close: () => {},
  };
}

function isStill({ pid, startTicks }: ProcessEntry): boolean {
  const now = processEntry(pid);
  return now !== undefined && now.startTicks === startTicks && !['Z', 'X'].includes(now.state);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in this moment, or is another user's.
  }
}
