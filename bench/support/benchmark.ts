import { type Compared, compare, ofEach, type Pair, type Rounds } from './alternation.js';
import type { ExecutorProgram } from './programs.js';
import type { Server } from './server.js';
import { percentile, type Samples, type Spread, type Statistics } from './statistics.js';

/** `quick` only shows that everything runs: its figures mean nothing. */
export type Effort = 'full' | 'quick';

/** What is measured, from when to when. */
export interface Question {
  readonly name: string;
  readonly question: string;
}

/** One question, asked of both executors; as servers that listen, unless `Asked` says otherwise. */
export interface Benchmark<Asked = Server> extends Question {
  run(asked: Pair<Asked>, effort: Effort): Promise<readonly Section[]>;
}

/** One question, asked of both where nobody can dial them; it has them started as it needs them. */
export type RelayBenchmark = Benchmark<ExecutorProgram>;

/** One question about our executor alone, used in two ways over a route that takes `delayMs` in each direction. */
export interface RouteBenchmark extends Question {
  run(executor: ExecutorProgram, effort: Effort, delayMs: number): Promise<readonly Section[]>;
}

/** The answer under one condition. */
export type Section =
  | { readonly is: 'measured'; readonly condition: string; readonly rounds: number; readonly rows: readonly Row[] }
  | Arms
  /** What the rival cannot be asked. */
  | {
      readonly is: 'ours alone';
      readonly condition: string;
      readonly reason: string;
      readonly figure: string;
      readonly unit: Unit;
      readonly ours: Spread;
      readonly times: Statistics;
    }
  | { readonly is: 'skipped'; readonly condition: string; readonly reason: string };

/** Two ways to use our own executor, in place of two executors; `rival` is the older way. */
export interface Arms {
  readonly is: 'arms';
  readonly condition: string;
  readonly labels: Pair<string>;
  readonly rounds: number;
  readonly rows: readonly (Row & { readonly published?: Change })[];
  /** What only the older way has. */
  readonly gone: readonly Gone[];
  /** Requests that the client sent during all calls, by method, and how many calls that were. */
  readonly sent: Pair<Readonly<Record<string, number>>>;
  readonly calls: number;
  /** A bare echo over the same way, ms: percentiles of each round, and their medians. */
  readonly echo: { readonly p50: number; readonly p95: number; readonly times: Statistics };
}

export interface Gone {
  readonly figure: string;
  readonly unit: Unit;
  readonly rival: number;
  readonly times: Statistics;
  readonly published?: number;
}

/** From the older way to the newer, as somebody published it. */
export interface Change extends Pair<number> {
  /** In the figure's unit. */
  readonly by: number;
  /** Of the older figure. */
  readonly percent: number;
}

export type Unit = 'ms' | 'starts/s' | 'calls/s' | 'handshakes/s' | 'MB/s' | 'lines/s' | 's' | 's/GB' | 'MiB' | 'KiB';

/** What a row's ratio says: all figures have it the other way round where less is better. */
export const isSaved = (unit: Unit): boolean => ['s', 's/GB', 'MiB', 'KiB'].includes(unit);

export interface Row extends Compared {
  readonly figure: string;
  readonly unit: Unit;
  readonly goal?: Goal;
}

/** What is to be reached: so many times as fast as the rival, or at most so long. */
export type Goal =
  | { readonly of: 'ratio'; readonly atLeast: number }
  | { readonly of: 'ours'; readonly atMost: number };

export const isReached = (goal: Goal, { ours, ratio }: Compared): boolean =>
  goal.of === 'ratio' ? ratio.median >= goal.atLeast : ours <= goal.atMost;

/** The row with a ratio to be reached, where there is one. */
export const toReach = (atLeast: number | undefined, row: Row): Row =>
  atLeast === undefined ? row : { ...row, goal: { of: 'ratio', atLeast } };

/** A percentile of every block of calls, ms. */
export const percentileRow = (figure: string, rounds: Rounds<Samples>, p: number): Row => ({
  figure: `${figure} p${p * 100}`,
  unit: 'ms',
  ...compare(rounds, (samples) => percentile(samples, p)),
});

/** `amount` of the unit per block, from the times the blocks took, ms. The ratio is that of the times. */
export function rateRow(figure: string, unit: Unit, amount: number, rounds: Rounds<number>): Row {
  const compared = compare(
    ofEach(rounds, (ms): Samples => [ms]),
    ([ms]) => ms,
  );
  const rate = (ms: number) => (amount * 1000) / ms;
  return { figure, unit, ...compared, ours: rate(compared.ours), rival: rate(compared.rival) };
}

/** What each block came to, of which less is better. */
export const quantityRow = (figure: string, unit: Unit, rounds: Rounds<number>): Row => ({
  figure,
  unit,
  ...compare(
    ofEach(rounds, (quantity): Samples => [quantity]),
    ([quantity]) => quantity,
  ),
});
