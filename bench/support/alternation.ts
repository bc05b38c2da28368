/** Two contenders measured in turn, so that whatever else the machine does meets both alike. */
import { median, type Samples, type Spread, type Statistics, spread, statistics } from './statistics.js';

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

/** The same of every block. */
export const ofEach = <Measured, Part>(rounds: Rounds<Measured>, part: (block: Measured) => Part): Rounds<Part> =>
  rounds.map(({ ours, rival }) => ({ ours: part(ours), rival: part(rival) })) as unknown as Rounds<Part>;

export interface Compared extends Pair<number> {
  /** rival / ours, of each round by itself: the machine's mood in a round falls out. */
  readonly ratio: Spread;
  /** The measurements of all rounds, whatever figure was made of them. */
  readonly times: Pair<Statistics>;
}

/** One figure of every block, such as a percentile: each side's median over the rounds, and the ratio with its spread. */
export function compare(rounds: Rounds<Samples>, figure: (block: Samples) => number): Compared {
  const each = ofEach(rounds, figure);
  const over = (pick: (round: Pair<number>) => number) => each.map(pick) as unknown as Samples;
  const all = (pick: (round: Pair<Samples>) => Samples) => statistics(rounds.flatMap(pick) as unknown as Samples);
  return {
    ours: median(over(({ ours }) => ours)),
    rival: median(over(({ rival }) => rival)),
    ratio: spread(over(({ ours, rival }) => rival / ours)),
    times: { ours: all(({ ours }) => ours), rival: all(({ rival }) => rival) },
  };
}
