/** Looks at processes of this machine from outside. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessEntry {
  readonly pid: number;
  /** One letter: R, S, D, Z (ended and not reaped), ... */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
}

/** Every process there is. */
export function allProcesses(): ProcessEntry[] {
  return readdirSync('/proc').flatMap((name) => {
    const entry = /^\d+$/.test(name) ? entryOf(Number(name)) : undefined;
    return entry ? [entry] : [];
  });
}

/** Undefined when there is no such process. */
export function entryOf(pid: number): ProcessEntry | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name stands in parentheses and may hold anything.
  const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, state: state!, parent: Number(parent), group: Number(group) };
}

export const childrenOf = (pid: number): ProcessEntry[] => allProcesses().filter(({ parent }) => parent === pid);

/** Whether it still runs; one that only waits to be reaped does not. */
export function isRunning(pid: number): boolean {
  const entry = entryOf(pid);
  return entry !== undefined && entry.state !== 'Z';
}

/** What every open descriptor leads to. */
export const descriptorsOf = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });

export const threadCountOf = (pid: number): number => readdirSync(`/proc/${pid}/task`).length;

/** Resident memory, bytes. */
export function residentBytesOf(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kibibytes) * 1024;
}

/** Resolves when this holds. The system has no event for it, so it is looked at again and again. Errors: it does not come to hold. */
export async function eventually(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !holds(); await delay(10)) {
    if (performance.now() > end) throw new Error(`this has not come to hold: ${holds}`);
  }
}
/** Far more than anything takes, so that what never comes is told before the test's time limit ends everything. */
const PATIENCE_MS = 90_000;
