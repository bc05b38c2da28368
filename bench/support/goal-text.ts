import { isReached, type Row } from './benchmark.js';
import { digits } from './table.js';

/** What is to be reached and whether it is; empty where nothing is. One round is not judged. */
export function goalText(row: Row, rounds: number): string {
  const { goal, unit } = row;
  if (goal === undefined) return '';
  const wanted = goal.of === 'ratio' ? `at least ${goal.atLeast}` : `at most ${digits(goal.atMost)} ${unit}`;
  return rounds === 1 ? wanted : `${wanted}: ${isReached(goal, row) ? 'reached' : 'missed'}`;
}
