import { type Compared, compare, ofEach, type Pair, type Rounds } from './alternation.js';
import type { ExecutorProgram } from './programs.js';
import type { Server } from './server.js';
import { percentile, type Samples, type Spread, type Statistics, spread, statistics } from './statistics.js';

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

/** One question, asked of both; it has them started as it needs them. */
export type ProgramBenchmark = Benchmark<ExecutorProgram>;

/** One question about our executor alone. `delayMs`: in each direction, for who asks over a long way. */
export interface OwnBenchmark extends Question {
  run(executor: ExecutorProgram, effort: Effort, delayMs: number): Promise<readonly Section[]>;
}

/** The answer under one condition. */
export type Section =
  | Measured
  | Arms
  | Alone
  | { readonly is: 'skipped'; readonly condition: string; readonly reason: string };

export interface Measured {
  readonly is: 'measured';
  readonly condition: string;
  /** Where it is not the two executors that are compared as they are always. */
  readonly labels?: Pair<string>;
  readonly rounds: number;
  readonly rows: readonly Row[];
}

/** What only one can be asked. */
export interface Alone {
  readonly is: 'alone';
  readonly condition: string;
  /** Whose figures these are; our executor's if nobody is named. */
  readonly label?: string;
  readonly reason: string;
  readonly rounds: number;
  readonly rows: readonly AloneRow[];
}

export interface AloneRow {
  readonly figure: string;
  readonly unit: Unit;
  /** Over the rounds. */
  readonly ours: Spread;
  readonly times: Statistics;
  readonly goal?: AtMost;
}

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

export type Unit = 'ms' | Rate | Quantity;
export type Rate = 'starts/s' | 'calls/s' | 'handshakes/s' | 'MB/s' | 'lines/s';
/** Of what is used up. */
export type Quantity = (typeof QUANTITIES)[number];
const QUANTITIES = ['s', 's/GB', 'MiB', 'KiB', 'times'] as const;

/** What a ratio of such figures says: more is better for all of them. */
export const advantage = (unit: Unit): string =>
  (QUANTITIES as readonly Unit[]).includes(unit) ? 'times as little' : 'times as fast';

export interface Row extends Compared {
  readonly figure: string;
  readonly unit: Unit;
  readonly goal?: Goal;
}

/** What is to be reached: so many times as good as the rival, or at most so much. */
export type Goal = { readonly of: 'ratio'; readonly atLeast: number } | AtMost;

export interface AtMost {
  readonly of: 'ours';
  readonly atMost: number;
}

export const isReached = (goal: Goal, { ours, ratio }: { readonly ours: number; readonly ratio?: Spread }): boolean =>
  goal.of === 'ratio' ? ratio !== undefined && ratio.median >= goal.atLeast : ours <= goal.atMost;

/** The row with a ratio to be reached, where there is one. */
export const toReach = (atLeast: number | undefined, row: Row): Row =>
  atLeast === undefined ? row : { ...row, goal: { of: 'ratio', atLeast } };

/** A percentile of every block of calls, ms. */
export const percentileRow = (figure: string, rounds: Rounds<Samples>, p: number): Row => ({
  figure: `${figure} p${p * 100}`,
  unit: 'ms',
  ...compare(rounds, (samples) => percentile(samples, p)),
});

/** Times of every block, ms, each as one figure. */
export const timeRow = (figure: string, rounds: Rounds<number>): Row => ({
  figure,
  unit: 'ms',
  ...compare(ofEach(rounds, alone), ([ms]) => ms),
});

const alone = (one: number): Samples => [one];

/** `amount` of the unit per block, from the times the blocks took, ms. The ratio is that of the times. */
export function rateRow(figure: string, unit: Rate, amount: number, rounds: Rounds<number>): Row {
  const compared = compare(ofEach(rounds, alone), ([ms]) => ms);
  const rate = (ms: number) => (amount * 1000) / ms;
  return { figure, unit, ...compared, ours: rate(compared.ours), rival: rate(compared.rival) };
}

/** What each block came to, of which less is better. */
export const quantityRow = (figure: string, unit: Quantity, rounds: Rounds<number>): Row => ({
  figure,
  unit,
  ...compare(ofEach(rounds, alone), ([quantity]) => quantity),
});

/** One figure of each round. */
export const aloneRow = (figure: string, unit: Unit, rounds: Samples, atMost?: number): AloneRow => ({
  figure,
  unit,
  ours: spread(rounds),
  times: statistics(rounds),
  ...(atMost !== undefined && { goal: { of: 'ours', atMost } }),
});
