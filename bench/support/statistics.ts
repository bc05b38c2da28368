/** Single measurements, of a block of calls or of all rounds: as a rule durations, ms. */
export type Samples = readonly [number, ...number[]];

/** What single measurements came to. */
export interface Statistics {
  readonly count: number;
  readonly least: number;
  readonly mean: number;
  /** Of the measurements from their mean. */
  readonly deviation: number;
  readonly p50: number;
  readonly p95: number;
  readonly most: number;
}

/** Where a figure lay over the rounds. */
export interface Spread {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

/** The value below which the share `p` (0 to 1) of the values lies, between two values in proportion. */
export function percentile(values: Samples, p: number): number {
  const ascending = [...values].sort((a, b) => a - b);
  const at = p * (ascending.length - 1);
  const below = ascending[Math.floor(at)]!;
  const above = ascending[Math.ceil(at)]!;
  return below + (above - below) * (at - Math.floor(at));
}

export const median = (values: Samples): number => percentile(values, 0.5);

export const spread = (values: Samples): Spread => ({
  least: percentile(values, 0),
  median: median(values),
  most: percentile(values, 1),
});

export function statistics(values: Samples): Statistics {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    count,
    least: percentile(values, 0),
    mean,
    deviation: Math.sqrt(squares / count),
    p50: median(values),
    p95: percentile(values, 0.95),
    most: percentile(values, 1),
  };
}
