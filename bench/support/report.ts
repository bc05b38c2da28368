/** What a bench says: a table to read, and the same as data to keep. */
import type { Pair } from './alternation.js';
import { type Benchmark, isReached, type Row, type Section } from './benchmark.js';
import type { Machine } from './machine.js';
import type { ExecutorProgram } from './programs.js';

/** One bench with its answers, as `--json` writes it. */
export interface Outcome {
  readonly name: string;
  readonly question: string;
  readonly sections: readonly Section[];
}

export interface Report {
  readonly machine: Machine;
  readonly labels: Pair<string>;
  readonly outcomes: readonly Outcome[];
}

export const labelsOf = ({ ours, rival }: Pair<ExecutorProgram>): Pair<string> => ({
  ours: ours.label,
  rival: rival.label,
});

export const machineLine = ({ cores, cpu, kernel, node, build, load }: Machine): string =>
  `${cores} cores (${cpu}), ${kernel}, Node ${node}, farhand ${build}, load ${load.toFixed(1)}`;

export function heading({ name, question }: Pick<Benchmark, 'name' | 'question'>): string {
  return `\n${name}: ${question}`;
}

export function sectionText(section: Section, labels: Pair<string>): string {
  if (section.is === 'skipped') return `\n${section.condition}: skipped, ${section.reason}`;
  if (section.is === 'ours alone') return `\n${aloneText(section, labels.ours)}`;
  const { condition, rounds, rows } = section;
  const span = rounds === 1 ? 'one round' : `least to most of ${rounds} rounds`;
  const table = [
    [condition, labels.ours, labels.rival, `times as fast (${span})`],
    ...rows.map((row) => [...cells(row), ...goalCell(row, rounds)]),
  ];
  if (rows.some(({ goal }) => goal !== undefined)) table[0]!.push('goal');
  const widths = table[0]!.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  const aligned = table.map((line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('   '),
  );
  return `\n${aligned.join('\n')}`;
}

const aloneText = (section: Extract<Section, { is: 'ours alone' }>, label: string): string => {
  const { condition, reason, figure, unit, ours } = section;
  const span = `${digits(ours.least)} to ${digits(ours.most)}`;
  return `${condition}, ${label} alone (${reason})\n  ${figure}   ${digits(ours.median)} ${unit} (${span})`;
};

const cells = ({ figure, unit, ours, rival, ratio }: Row): string[] => [
  `  ${figure}`,
  `${digits(ours)} ${unit}`,
  `${digits(rival)} ${unit}`,
  `${digits(ratio.median)} (${digits(ratio.least)} to ${digits(ratio.most)})`,
];

/** One round is not judged. */
function goalCell(row: Row, rounds: number): string[] {
  const { goal, unit } = row;
  if (goal === undefined) return [];
  const wanted = goal.of === 'ratio' ? `at least ${goal.atLeast}` : `at most ${digits(goal.atMost)} ${unit}`;
  return [rounds === 1 ? wanted : `${wanted}: ${isReached(goal, row) ? 'reached' : 'missed'}`];
}

/** Three digits that mean something. */
const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
