/** Commands whose output shows whether all of it came, once and in order. */
import type { ExecutionContext } from 'ava';
import type { MeetingPoint } from './meeting-point.js';

/** Bash code that says that it is there, by its first line and by `started`, and counts on until all have come to `released`. */
export const countUntil = (name: string, started: MeetingPoint, released: MeetingPoint): string =>
  `echo ${name} 0; n=1; (${started.arrive}); ${released.arriveAnd(`echo ${name} $((n++))`)}; echo ${name} ends with $n`;

/** Errors: the first line that is not as it was printed. */
export function assertCounted(t: ExecutionContext, name: string, output: string): void {
  const lines = output.split('\n');
  const counted = lines.length - 2;
  t.true(counted > 0, output);
  t.deepEqual(lines, [
    ...Array.from({ length: counted }, (_, n) => `${name} ${n}`),
    `${name} ends with ${counted}`,
    '',
  ]);
}
