import test from 'ava';
import { familiesOf } from '#workers/descendants/families.js';
import type { ProcessEntry } from '#workers/process-entry.js';

/** In an own group and session, unless it says otherwise. */
const process = (pid: number, parent: number, facts: Partial<ProcessEntry> = {}): ProcessEntry => ({
  pid,
  name: 'x',
  state: 'S',
  parent,
  group: pid,
  session: pid,
  startTicks: 100 + pid,
  hasReaped: false,
  ...facts,
});

const INIT = process(1, 0, { startTicks: 0 });
const EXECUTOR = process(2, 1, { startTicks: 1 });
const LEADER = process(10, 2);
const OTHER_LEADER = process(20, 2);
const members = (processes: readonly ProcessEntry[], heads: readonly number[] = [10]): number[] =>
  familiesOf(new Set(heads), [INIT, EXECUTOR, LEADER, OTHER_LEADER, ...processes])
    .map(({ pid }) => pid)
    .sort((one, other) => one - other);

test('a leader alone has no members besides itself', (t) => t.deepEqual(members([]), []));

test('descendants belong to it, in whatever session they are; those of another leader do not', (t) => {
  t.deepEqual(members([process(11, 10), process(12, 11), process(21, 20)]), [11, 12]);
});

test('whoever is in the session of the leader belongs to it, with what is below', (t) => {
  t.deepEqual(members([process(11, 1, { session: 10 }), process(12, 11)]), [11, 12]);
});

test('whoever is in the session of a member belongs to it, though its own parent has ended', (t) => {
  t.deepEqual(members([process(11, 10), process(12, 1, { session: 11 })]), [11, 12]);
});

test('whoever is older than its parent has another parent: the number has changed hands', (t) => {
  t.deepEqual(members([process(11, 10, { startTicks: 109 })]), []);
  t.deepEqual(members([process(11, 1, { session: 10, startTicks: 109 })]), []);
  t.deepEqual(members([process(11, 10), process(12, 11, { startTicks: 110 })]), [11]);
});

test('a child that began in the same tick as its parent belongs to it', (t) => {
  t.deepEqual(members([process(11, 10, { startTicks: 110 })]), [11]);
});

test('whoever belongs to any of the heads is found once, and none of the heads', (t) => {
  t.deepEqual(members([process(11, 10), process(30, 1), process(31, 30), process(32, 31)], [10, 11, 30]), [31, 32]);
});

test('a head that is not seen any more has nobody: its number may be free', (t) => {
  t.deepEqual(members([process(41, 40)], [40]), []);
});

test('an orphan in a session of its own is nobody’s', (t) => t.deepEqual(members([process(30, 1)]), []));
