/**
 * Who belongs to some processes by what the system tells of it. Pure.
 *
 *   leader ── child ── grandchild          by its parents, as long as nobody in between has ended
 *      └──── job                           by its session: that of the leader, or of anybody else who belongs to it
 *
 * The processes were not all looked at in the same moment, so a number may have gone from one to another meanwhile. But nobody is
 * older than its parent or than the leader of its session: whoever is was given to another of that number.
 */
import type { ProcessEntry } from '../process-entry.js';

/** `heads` are numbers that are certainly their own; they themselves are not among what comes out. */
export function familiesOf(heads: ReadonlySet<number>, processes: readonly ProcessEntry[]): ProcessEntry[] {
  const children = groupBy(processes, ({ parent }) => parent);
  const sessions = groupBy(processes, ({ session }) => session);
  const members = new Set<ProcessEntry>();
  const waiting = processes.filter(({ pid }) => heads.has(pid));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (members.has(next)) continue;
    members.add(next);
    const { pid, startTicks } = next;
    for (const below of [...(children.get(pid) ?? []), ...(sessions.get(pid) ?? [])]) {
      if (below.startTicks >= startTicks) waiting.push(below);
    }
  }
  return [...members].filter(({ pid }) => !heads.has(pid));
}

function groupBy<T>(all: readonly T[], keyOf: (each: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const each of all) {
    const group = groups.get(keyOf(each));
    if (group) group.push(each);
    else groups.set(keyOf(each), [each]);
  }
  return groups;
}
