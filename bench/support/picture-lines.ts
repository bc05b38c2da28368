import type { Pair } from './alternation.js';
import { type AloneRow, advantage, type Change, isReached, type Row, type Section } from './benchmark.js';
import { goalText } from './goal-text.js';
import type { Report } from './report.js';
import type { Spread } from './statistics.js';
import { digits, wrapped } from './table.js';

/** So much of a question has room in one line. */
const QUESTION_COLUMNS = 160;

/** What stands in one line of the picture of a report. */
export type PictureLine =
  | { readonly is: 'bench'; readonly text: string }
  | { readonly is: 'question'; readonly text: string }
  | { readonly is: 'condition'; readonly text: string }
  | RatioLine
  | { readonly is: 'note'; readonly label: string; readonly text: string };

export interface RatioLine {
  readonly is: 'ratio';
  readonly label: string;
  readonly text: string;
  /** Times as fast, or as little. */
  readonly ratio: Spread;
  /** The ratio that is to be reached. */
  readonly target?: Target;
  /** The ratio that somebody else published. */
  readonly published?: number;
}

export interface Target {
  readonly ratio: number;
  /** `undecided` by one round. */
  readonly is: 'reached' | 'missed' | 'undecided';
}

export function pictureLines({ outcomes, programs }: Report): readonly PictureLine[] {
  const labels = { ours: programs.ours, rival: programs.rival ?? '' };
  return outcomes.flatMap(({ name, question, sections }): PictureLine[] => [
    { is: 'bench', text: name },
    ...wrapped(question, QUESTION_COLUMNS).map((text): PictureLine => ({ is: 'question', text })),
    ...sections.flatMap((section) => linesOf(section, labels)),
  ]);
}

function linesOf(section: Section, labels: Pair<string>): PictureLine[] {
  switch (section.is) {
    case 'skipped':
      return [{ is: 'note', label: section.condition, text: `skipped: ${section.reason}` }];
    case 'alone': {
      const { condition, label = labels.ours, rounds, rows } = section;
      const noteOf = (row: AloneRow): PictureLine => {
        const goal = goalText({ ...row, ours: row.ours.median }, rounds);
        const text = `${digits(row.ours.median)} ${row.unit}${goal === '' ? '' : ` (${goal})`}`;
        return { is: 'note', label: row.figure, text };
      };
      return [{ is: 'condition', text: `${condition} (${label} alone)` }, ...rows.map(noteOf)];
    }
    case 'arms':
      return [
        { is: 'condition', text: `${section.condition} (${versus(section.labels)})` },
        ...section.rows.map((row) => ratioLine(row, section.rounds, row.published)),
        ...section.gone.map(({ figure, rival, unit }): PictureLine => {
          return { is: 'note', label: figure, text: `${digits(rival)} ${unit}, gone with ${section.labels.ours}` };
        }),
        { is: 'note', label: 'a bare echo p50', text: `${digits(section.echo.p50)} ms` },
      ];
    case 'measured':
      return [
        { is: 'condition', text: `${section.condition} (${versus(section.labels ?? labels)})` },
        ...section.rows.map((row) => ratioLine(row, section.rounds)),
      ];
  }
}

const versus = ({ ours, rival }: Pair<string>): string => `${ours}, against ${rival}`;

function ratioLine(row: Row, rounds: number, published?: Change): RatioLine {
  const { figure, unit, ours, rival, ratio } = row;
  const target = targetOf(row, rounds);
  return {
    is: 'ratio',
    label: figure,
    text: `${digits(ratio.median)} ${advantage(unit)}: ${digits(ours)} against ${digits(rival)} ${unit}`,
    ratio,
    ...(target !== undefined && { target }),
    ...(published !== undefined && { published: published.rival / published.ours }),
  };
}

/** A goal that is a time is the ratio that this time would have been. */
function targetOf(row: Row, rounds: number): Target | undefined {
  const { goal, rival } = row;
  if (goal === undefined) return undefined;
  const verdict = isReached(goal, row) ? 'reached' : 'missed';
  return {
    ratio: goal.of === 'ratio' ? goal.atLeast : rival / goal.atMost,
    is: rounds === 1 ? 'undecided' : verdict,
  };
}
