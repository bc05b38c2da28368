/** What a bench says: a table to read, and the same as data to keep. */
import type { Pair } from './alternation.js';
import { armsText } from './arms-text.js';
import {
  type Alone,
  type AloneRow,
  advantage,
  type Effort,
  type Measured,
  type Question,
  type Row,
  type Section,
} from './benchmark.js';
import { goalText } from './goal-text.js';
import type { Machine } from './machine.js';
import { digits, tableText } from './table.js';

/** One bench with its answers. */
export interface Outcome extends Question {
  readonly sections: readonly Section[];
  /** Runnable threads during the last minute. */
  readonly load: { readonly before: number; readonly after: number };
}

/** As `--json` writes it. */
export interface Report {
  /** When it began; ISO 8601. */
  readonly at: string;
  readonly machine: Machine;
  readonly effort: Effort;
  readonly programs: Programs;
  readonly outcomes: readonly Outcome[];
}

/** What was measured, as results name it; without a rival where no bench asked for one. */
export interface Programs {
  readonly ours: string;
  readonly rival?: string;
}

export const machineLine = ({ cores, cpu, kernel, node, build, load }: Machine): string =>
  `${cores} cores (${cpu}), ${kernel}, Node ${node}, farhand ${build}, load ${load.toFixed(1)}`;

export const heading = ({ name, question }: Question): string => `\n${name}: ${question}`;

export const loadLine = ({ before, after }: Outcome['load']): string =>
  `load ${before.toFixed(1)} before, ${after.toFixed(1)} after`;

export function sectionText(section: Section, labels: Pair<string>): string {
  switch (section.is) {
    case 'skipped':
      return `\n${section.condition}: skipped, ${section.reason}`;
    case 'alone':
      return `\n${aloneText(section, labels.ours)}`;
    case 'arms':
      return `\n${armsText(section)}`;
    case 'measured':
      return `\n${measuredText(section, section.labels ?? labels)}`;
  }
}

function measuredText({ condition, rounds, rows }: Measured, labels: Pair<string>): string {
  const span = rounds === 1 ? 'one round' : `least to most of ${rounds} rounds`;
  const advantages = [...new Set(rows.map(({ unit }) => advantage(unit)))];
  const better = advantages.length === 1 ? advantages[0] : 'times as good';
  const head = [condition, labels.ours, labels.rival, `${better} (${span})`];
  const goals = rows.some(({ goal }) => goal !== undefined);
  const cells = (row: Row) => (goals ? [...rowCells(row), goalText(row, rounds)] : rowCells(row));
  return tableText([goals ? [...head, 'goal'] : head, ...rows.map(cells)]);
}

const rowCells = ({ figure, unit, ours, rival, ratio }: Row): string[] => [
  `  ${figure}`,
  `${digits(ours)} ${unit}`,
  `${digits(rival)} ${unit}`,
  `${digits(ratio.median)} (${digits(ratio.least)} to ${digits(ratio.most)})`,
];

function aloneText({ condition, label, reason, rounds, rows }: Alone, ours: string): string {
  const cells = (row: AloneRow) => [
    `  ${row.figure}`,
    `${digits(row.ours.median)} ${row.unit} (${digits(row.ours.least)} to ${digits(row.ours.most)})`,
    goalText({ ...row, ours: row.ours.median }, rounds),
  ];
  return `${condition}, ${label ?? ours} alone (${reason})\n${tableText(rows.map(cells))}`;
}
