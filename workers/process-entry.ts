/** A process by its number: what the kernel tells of it to anybody, and its end. */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { orUndefined } from '#src/protocol/or-undefined.js';

export interface ProcessEntry {
  readonly pid: number;
  readonly name: string;
  /** Z has ended and waits to be reaped: nothing of it is left but its number. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** When it began, in ticks of 10 ms since the system did: with it a number means one process, and no other that has it later. */
  readonly startTicks: number;
  /** It has waited for some child that had ended. */
  readonly hasReaped: boolean;
}

/** Everything up to the start, however long the numbers; a name has 64 bytes at most. */
const STAT_BYTES = 1024;
const buffer = Buffer.allocUnsafeSlow(STAT_BYTES);
/** Places behind the name. */
const STATE = 0;
const PARENT = 1;
const GROUP = 2;
const SESSION = 3;
/** Page faults of the children that it has waited for: nobody begins without any. */
const CHILDRENS_FAULTS = 8;
const START = 19;

/** Undefined when there is no such process. */
export function processEntry(pid: number): ProcessEntry | undefined {
  const stat = readStat(pid);
  if (stat === undefined) return undefined;
  // The name stands in parentheses and may hold anything.
  const nameEnd = stat.lastIndexOf(')');
  const fields = stat.slice(nameEnd + 2).split(' ', START + 1);
  return {
    pid,
    name: stat.slice(stat.indexOf('(') + 1, nameEnd),
    state: fields[STATE]!,
    parent: Number(fields[PARENT]),
    group: Number(fields[GROUP]),
    session: Number(fields[SESSION]),
    startTicks: Number(fields[START]),
    hasReaped: fields[CHILDRENS_FAULTS] !== '0',
  };
}

export interface Look {
  /** Each as it was when it was looked at. */
  readonly entries: readonly ProcessEntry[];
  /** Some ended while it was looked, and may have begun others that are not among them. */
  readonly missedSome: boolean;
}

/** Every process that can be seen; none on a system that does not show them. */
export function lookAround(): Look {
  const numbers = processNumbers();
  const entries: ProcessEntry[] = [];
  for (const pid of numbers) {
    const entry = processEntry(pid);
    if (entry) entries.push(entry);
  }
  return { entries, missedSome: entries.length < numbers.length };
}

/** Those of all processes that can be seen. */
export const processNumbers = (): number[] =>
  (orUndefined(() => readdirSync('/proc')) ?? []).filter((name) => /^\d+$/.test(name)).map(Number);

/** One call for each step, since hundreds are read in a row: reading a file whole takes three times as long. */
function readStat(pid: number): string | undefined {
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/stat`, 'r');
  } catch {
    return undefined;
  }
  try {
    return buffer.toString('latin1', 0, readSync(fd, buffer));
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
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
