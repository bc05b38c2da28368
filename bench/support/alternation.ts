/** Two contenders measured in turn, so that whatever else the machine does meets both alike. */
import { median, type Samples, type Spread, spread } from './statistics.js';

export interface Pair<T> {
  readonly ours: T;
  readonly rival: T;
}

export type Rounds<T> = readonly [Pair<T>, ...Pair<T>[]];

/** Measures one block of each, `rounds` times (at least once): ours, rival, ours, rival, ... */
export async function alternate<T, Measured>(
  { ours, rival }: Pair<T>,
  rounds: number,
  block: (one: T) => Promise<Measured>,
): Promise<Rounds<Measured>> {
  const round = async () => ({ ours: await block(ours), rival: await block(rival) });
  const measured: [Pair<Measured>, ...Pair<Measured>[]] = [await round()];
  while (measured.length < rounds) measured.push(await round());
  return measured;
}

export interface Compared extends Pair<number> {
  /** rival / ours, of each round by itself: the machine's mood in a round falls out. */
  readonly ratio: Spread;
}

/** One figure of every block, such as a percentile: each side's median over the rounds, and the ratio with its spread. */
export function compare<Measured>(rounds: Rounds<Measured>, figure: (block: Measured) => number): Compared {
  const each = rounds.map(({ ours, rival }) => ({ ours: figure(ours), rival: figure(rival) }));
  const over = (pick: (round: Pair<number>) => number) => each.map(pick) as unknown as Samples;
  return {
    ours: median(over(({ ours }) => ours)),
    rival: median(over(({ rival }) => rival)),
    ratio: spread(over(({ ours, rival }) => rival / ours)),
  };
}
