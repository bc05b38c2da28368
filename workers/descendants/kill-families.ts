/** Ends leaders with all their descendants, also those that have left the group for sessions of their own. */
import { signalGroup } from '#src/pool/signal-group.js';
import { lookAround, type ProcessEntry, processEntry, processNumbers } from '../process-entry.js';
import { familiesOf } from './families.js';
import type { Marks } from './marks.js';
import { openProcess, type ProcessHandle } from './process-handle.js';

/** A member that is found is stopped at once and begins no others, so the looks come to an end: this is for what should not be. */
const MOST_LOOKS = 64;
/** On a busy machine somebody is always ending, most often nobody of ours: so often it is looked again on their account. */
const VAIN_LOOKS = 3;

/** Leaders that have not been reaped, and their marks. */
export type Leaders = ReadonlyMap<number, bigint | undefined>;

/**
 * Everybody is stopped first, so that nobody escapes by a fork while it is looked for, and
 * nobody does anything about the end of another. Takes some 20 ms per thousand processes of the machine, however many leaders.
 */
export function killFamilies(leaders: Leaders, marks: Marks | undefined): void {
  for (const leader of leaders.keys()) signalGroup(leader, 'SIGSTOP');
  const stopped = new Stopped();
  if (marks) stopMarked(leaders, marks, stopped);
  stopRelated(leaders, marks !== undefined, stopped);
  // The leaders last: with them jobs of theirs would be woken up.
  stopped.kill();
  for (const leader of leaders.keys()) signalGroup(leader, 'SIGKILL');
}

class Stopped {
  readonly #handles = new Map<number, ProcessHandle>();

  /** They stay what they are: who is stopped does not end. */
  get numbers(): Iterable<number> {
    return this.#handles.keys();
  }

  has(pid: number): boolean {
    return this.#handles.has(pid);
  }

  /** False when there is nothing to be stopped: it has ended, or another has its number for which `isIt` does not hold. */
  add(entry: ProcessEntry, isIt: () => boolean): boolean {
    const handle = openProcess(entry);
    if (!handle || !isIt()) {
      handle?.close();
      return false;
    }
    handle.signal('SIGSTOP');
    this.#handles.set(entry.pid, handle);
    return true;
  }

  kill(): void {
    for (const handle of this.#handles.values()) {
      handle.signal('SIGKILL');
      handle.close();
    }
  }
}

/**
 * Who has the mark of a leader, and so nearly everybody. Each is stopped as soon as it is seen: some live for a few milliseconds
 * only, and have begun another by the end of a look. What has ended is looked at once, and all of it again at the end.
 */
function stopMarked(leaders: Leaders, marks: Marks, stopped: Stopped): void {
  const wanted = new Set([...leaders.values()].filter((mark) => mark !== undefined && marks.isSure(mark)));
  const isMember = (pid: number): boolean => {
    const mark = marks.of(pid);
    return mark !== undefined && wanted.has(mark);
  };
  const ended = new Set<number>();
  let isLast = false;
  for (let look = 0; look < MOST_LOOKS; look++) {
    let isNews = false;
    for (const pid of processNumbers()) {
      if (leaders.has(pid) || stopped.has(pid) || (ended.has(pid) && !isLast) || !isMember(pid)) continue;
      const entry = processEntry(pid);
      const isStopped = entry !== undefined && stopped.add(entry, () => isMember(pid));
      if (isStopped || !ended.has(pid)) isNews = true;
      if (isStopped) ended.delete(pid);
      else ended.add(pid);
    }
    if (!isNews && (isLast || ended.size === 0)) return;
    isLast = !isNews;
  }
}

/** Who belongs to a leader, or to somebody with its mark, by its parents or its session, whatever mark it has itself. */
function stopRelated(leaders: Leaders, hasMarks: boolean, stopped: Stopped): void {
  const seen = new Set<string>();
  let vain = hasMarks ? VAIN_LOOKS : 0;
  for (let look = 0; look < MOST_LOOKS; look++) {
    const { entries, missedSome } = lookAround();
    const members = familiesOf(new Set([...leaders.keys(), ...stopped.numbers]), entries);
    const news = members.filter((member) => !seen.has(nameOf(member)));
    if (news.length === 0 && (!missedSome || vain >= VAIN_LOOKS)) return;
    if (news.length === 0) vain++;
    for (const member of news) {
      seen.add(nameOf(member));
      stopped.add(member, () => true);
    }
  }
}

const nameOf = ({ pid, startTicks }: ProcessEntry): string => `${pid} ${startTicks}`;
