/**
 * Who has made a file in the runtime directory, as a part of the file's name, and whether that one still lives. An owner is a
 * thread, not a process: a worker thread can die alone, and what it has started dies with it (PR_SET_PDEATHSIG goes by threads).
 *
 *   4026531836-2077-2082-127180
 *   pid namespace, process, thread, and when the thread began, in clock ticks since the machine started
 */
import { readFileSync, readlinkSync } from 'node:fs';

export interface Owners {
  /** The name of this thread. */
  readonly me: string;
  isLiving(owner: string): boolean;
}

/** Errors: the system's, where /proc is missing. */
export function ownersHere(): Owners {
  const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0];
  const [, process, thread] = /^(\d+)\/task\/(\d+)$/.exec(readlinkSync('/proc/thread-self'))!;
  const me = [namespace, process, thread, beginningOf(process!, thread!)].join('-');
  return { me, isLiving: (owner) => owner === me || isLiving(owner, namespace) };
}

/** Threads of another namespace have other numbers here, or none: they count as living for ever. */
function isLiving(owner: string, here: string): boolean {
  const [namespace, process, thread, beginning] = owner.split('-');
  return namespace !== here || beginningOf(process!, thread!) === beginning;
}

/** Undefined when there is no such thread, and when it has ended and is only not yet reaped. Source: proc_pid_stat(5). */
function beginningOf(process: string, thread: string): string | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${process}/task/${thread}/stat`, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
  // The name of the program comes before, in parentheses, and may hold anything.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return fields[STATE] === 'Z' || fields[STATE] === 'X' ? undefined : fields[BEGINNING];
}
/** Numbers 3 and 22 of the fields, counted from 0 behind the name. */
const STATE = 0;
const BEGINNING = 19;
