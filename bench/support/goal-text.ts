import { type Goal, isReached, type Unit } from './benchmark.js';
import type { Spread } from './statistics.js';
import { digits } from './table.js';

interface Judged {
  readonly unit: Unit;
  readonly ours: number;
  readonly ratio?: Spread;
  readonly goal?: Goal;
}

/** What is to be reached and whether it is; empty where nothing is. One round is not judged. */
export function goalText(judged: Judged, rounds: number): string {
  const { goal, unit } = judged;
  if (goal === undefined) return '';
  const wanted = goal.of === 'ratio' ? `at least ${goal.atLeast}` : `at most ${digits(goal.atMost)} ${unit}`;
  return rounds === 1 ? wanted : `${wanted}: ${isReached(goal, judged) ? 'reached' : 'missed'}`;
}
