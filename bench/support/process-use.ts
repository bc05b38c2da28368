/** What a process uses of the machine, as its kernel counts it (proc(5)). */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Of the clock that CPU time is told by, s. Source: USER_HZ of Linux. */
export const CPU_TICK = 1 / 100;

/** CPU time of all threads of the process so far, s; without its children, alive or reaped. */
export function cpuSeconds(pid: number): number {
  const { user, system } = statOf(pid);
  return (user + system) * CPU_TICK;
}

/** Memory of the process that is in RAM now, bytes; what it shares with others counts whole. */
export const residentBytes = (pid: number): number => statusBytes(pid, 'VmRSS');

/** The most of it since the process began, or since `forgetPeak`. */
export const peakBytes = (pid: number): number => statusBytes(pid, 'VmHWM');

/** From now on the peak is a peak of what comes. Errors: another user's process. */
export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

/** That of a process and of all that it has started, together. */
export const residentBytesOfTree = (root: number): number =>
  processTree(root).reduce((sum, pid) => sum + (tried(() => residentBytes(pid)) ?? 0), 0);

/** The process, its children, their children and so on, as they are now. */
export function processTree(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = tried(() => statOf(Number(name)).parent);
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const tree = [root];
  for (const one of tree) for (const [pid, parent] of parents) if (parent === one) tree.push(pid);
  return tree;
}

/** Of a process that may end meanwhile: then there is nothing to be read of it. */
function tried<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function statOf(pid: number): { readonly parent: number; readonly user: number; readonly system: number } {
  // The name in parentheses may hold anything; fields are counted from behind it, where the third of all comes first.
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(')').at(-1)!.trim().split(' ');
  const field = (nth: number) => Number(fields[nth - 3]);
  return { parent: field(4), user: field(14), system: field(15) };
}

function statusBytes(pid: number, field: string): number {
  const [, kibibytes] =
    new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  if (kibibytes === undefined) throw new Error(`no ${field} of process ${pid}`);
  return Number(kibibytes) * 1024;
}
