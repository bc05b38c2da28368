/** What was found out, for people and for programs. */
import type { Check } from '../../bubblewrap/diagnose.js';

export interface Report {
  /** Commands run, and those that ask for a sandbox get one. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

export const reportOf = (checks: readonly Check[]): Report => ({
  ok: checks.every(({ verdict }) => verdict !== 'problem'),
  checks,
});

const LABELS = { ok: 'ok', lesser: 'note', problem: 'PROBLEM' } as const;

/** Lines without their ends. */
export function reportLines({ ok, checks }: Report): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return [...checks.flatMap((check) => checkLines(check, width)), '', ok ? WELL : NOT_WELL];
}

const WELL = 'All is well: commands run here, and in a sandbox where that is asked for.';
const NOT_WELL = 'Not all is well. What asks for a sandbox that is not there is refused; it never runs without one.';

function checkLines(check: Check, width: number): string[] {
  const begin = `${LABELS[check.verdict].padEnd(7)}  ${check.name.padEnd(width)}  `;
  if (check.verdict === 'ok') return [begin + check.detail];
  const remedy = check.remedy === undefined ? [] : [`${' '.repeat(begin.length)}${check.remedy}`];
  return [begin + check.problem, ...remedy];
}
