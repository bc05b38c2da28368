/** What the benches leave in files, checked for its form: what the figures are is nobody's promise here. */
import type { ExecutionContext } from 'ava';

interface Statistics {
  readonly count: number;
}

interface Spread {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

interface Row {
  readonly figure: string;
  readonly unit: string;
  readonly ours: number;
  readonly rival: number;
  readonly ratio: Spread;
  readonly times: { readonly ours: Statistics; readonly rival: Statistics };
}

interface AloneRow {
  readonly figure: string;
  readonly unit: string;
  readonly ours: Spread;
  readonly times: Statistics;
}

export interface Section {
  readonly is: string;
  readonly condition: string;
  readonly reason?: string;
  readonly rows?: readonly Row[];
  readonly gone?: readonly { readonly figure: string; readonly times: Statistics }[];
  readonly sent?: Readonly<Record<'ours' | 'rival', Readonly<Record<string, number>>>>;
  readonly calls?: number;
  readonly echo?: { readonly p50: number; readonly p95: number; readonly times: Statistics };
}

export interface Report {
  readonly at: string;
  readonly machine: Readonly<Record<string, unknown>>;
  readonly effort: string;
  readonly programs: { readonly ours: string; readonly rival?: string };
  readonly outcomes: readonly {
    readonly name: string;
    readonly question: string;
    readonly load: { readonly before: number; readonly after: number };
    readonly sections: readonly Section[];
  }[];
}

const STATISTICS = ['count', 'least', 'mean', 'deviation', 'p50', 'p95', 'most'];

export function assertReport(t: ExecutionContext, report: Report): void {
  t.is(new Date(report.at).toISOString(), report.at);
  t.deepEqual(Object.keys(report.machine), ['cores', 'cpu', 'kernel', 'node', 'build', 'load']);
  t.is(report.machine.node, process.version);
  for (const { question, load, sections } of report.outcomes) {
    t.not(question, '');
    t.true(load.before >= 0 && load.after >= 0);
    t.true(sections.length > 0);
    for (const section of sections) {
      for (const row of section.rows ?? []) {
        if (section.is === 'alone') assertAloneRow(t, row as unknown as AloneRow);
        else assertRow(t, row);
      }
    }
  }
}

function assertRow(t: ExecutionContext, { figure, unit, ours, rival, ratio, times }: Row): void {
  t.not(unit, '', figure);
  t.true(ours > 0 && rival > 0, figure);
  assertSpread(t, ratio, figure);
  for (const statistics of [times.ours, times.rival]) assertStatistics(t, statistics, figure);
}

function assertAloneRow(t: ExecutionContext, { figure, unit, ours, times }: AloneRow): void {
  t.not(unit, '', figure);
  assertSpread(t, ours, figure);
  assertStatistics(t, times, figure);
}

function assertSpread(t: ExecutionContext, { least, median, most }: Spread, figure: string): void {
  t.true(least > 0 && least <= median && median <= most, figure);
}

function assertStatistics(t: ExecutionContext, statistics: Statistics, figure: string): void {
  t.deepEqual(Object.keys(statistics), STATISTICS, figure);
  t.true(
    Object.values(statistics).every((value) => Number.isFinite(value) && value >= 0),
    figure,
  );
  t.true(statistics.count > 0, figure);
}

/** A picture that is well formed, asks for nothing from elsewhere, and has one mark for each ratio of the report. */
export function assertPicture(t: ExecutionContext, svg: string, { outcomes }: Report): void {
  const open: string[] = [];
  for (const [, end, name, empty] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (end === '/') t.is(open.pop(), name);
    else if (empty === '') open.push(name!);
  }
  t.deepEqual(open, []);
  t.regex(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
  t.notRegex(svg.slice('<svg xmlns="http://'.length), /:\/\/|href|url\(|NaN|Infinity|undefined/);
  const compared = outcomes.flatMap(({ sections }) => sections.filter(({ is }) => is !== 'alone'));
  const rows = compared.flatMap((section) => section.rows ?? []);
  t.is(svg.match(/ times as (?:fast|little): /g)?.length, rows.length);
}
