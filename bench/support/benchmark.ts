import { type Compared, compare, type Pair, type Rounds } from './alternation.js';
import type { ExecutorProgram } from './programs.js';
import type { Server } from './server.js';
import { percentile, type Samples, type Spread } from './statistics.js';

/** `quick` only shows that everything runs: its figures mean nothing. */
export type Effort = 'full' | 'quick';

/** One question, asked of both executors; as servers that listen, unless `Asked` says otherwise. */
export interface Benchmark<Asked = Server> {
  readonly name: string;
  /** What is measured, from when to when. */
  readonly question: string;
  run(asked: Pair<Asked>, effort: Effort): Promise<readonly Section[]>;
}

/** One question, asked of both where nobody can dial them; it has them started as it needs them. */
export type RelayBenchmark = Benchmark<ExecutorProgram>;

/** The answer under one condition. */
export type Section =
  | { readonly is: 'measured'; readonly condition: string; readonly rounds: number; readonly rows: readonly Row[] }
  /** What the rival cannot be asked. */
  | {
      readonly is: 'ours alone';
      readonly condition: string;
      readonly reason: string;
      readonly figure: string;
      readonly unit: Unit;
      readonly ours: Spread;
    }
  | { readonly is: 'skipped'; readonly condition: string; readonly reason: string };

export type Unit = 'ms' | 'starts/s' | 'calls/s' | 'handshakes/s' | 'MB/s';

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

/** A percentile of every block of calls, ms. */
export const percentileRow = (figure: string, rounds: Rounds<Samples>, p: number): Row => ({
  figure: `${figure} p${p * 100}`,
  unit: 'ms',
  ...compare(rounds, (samples) => percentile(samples, p)),
});

/** `amount` of the unit per block, from the times the blocks took, ms. The ratio is that of the times. */
export function rateRow(figure: string, unit: Unit, amount: number, rounds: Rounds<number>): Row {
  const times = compare(rounds, (ms) => ms);
  const rate = (ms: number) => (amount * 1000) / ms;
  return { figure, unit, ours: rate(times.ours), rival: rate(times.rival), ratio: times.ratio };
}
