/** A process by its number: what the kernel tells of it to anybody, and its end. */
import { readFileSync } from 'node:fs';

export interface ProcessEntry {
  readonly name: string;
  /** Z has ended and waits to be reaped: nothing of it is left but its number. */
  readonly state: string;
  readonly parent: number;
}

/** Undefined when there is no such process. */
export function processEntry(pid: number): ProcessEntry | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name stands in parentheses and may hold anything.
  const nameEnd = stat.lastIndexOf(')');
  const [state, parent] = stat.slice(nameEnd + 2).split(' ', 2);
  return { name: stat.slice(stat.indexOf('(') + 1, nameEnd), state: state!, parent: Number(parent) };
}

/** Whether it is the first process of a pid namespace below ours. */
export function isFirstInside(pid: number): boolean {
  try {
    return /^NSpid:\t\d+\t(?:\d+\t)*1$/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

/** Whether the number is in use. */
export function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** SIGKILL, to one that may be gone by now, or somebody else's. */
export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Then there is nothing that we could do.
  }
}
