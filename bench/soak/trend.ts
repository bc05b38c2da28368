import { HELD, type Held } from './held.js';

/** What was held at least in one interval, and when that ended, hours from the beginning. */
export interface Sample {
  readonly hours: number;
  readonly held: Held;
}

/** The slope of the line that fits best, by least squares. Undefined for fewer than three points. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number | undefined {
  if (points.length < 3) return undefined;
  const mean = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return over / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

/** So much more at the end of the second half than at its beginning, on the line that fits best, is no growth. */
export const BOUNDS: Held = { rssMib: 24, descriptors: 8, threads: 2, zombies: 1 };

export interface Trend {
  readonly name: keyof Held;
  /** Per hour. */
  readonly slope: number;
  /** Along the second half. */
  readonly growth: number;
  readonly isFlat: boolean;
}

/** Trends of the second half: before that, closed processes and sessions are kept that nobody has begun to forget. Empty: too short. */
export function trendsOf(samples: readonly Sample[]): readonly Trend[] {
  const half = samples.slice(Math.floor(samples.length / 2));
  return HELD.flatMap((name): Trend[] => {
    const perHour = slope(half.map(({ hours, held }) => [hours, held[name]]));
    if (perHour === undefined) return [];
    const growth = perHour * (half.at(-1)!.hours - half[0]!.hours);
    return [{ name, slope: perHour, growth, isFlat: growth <= BOUNDS[name] }];
  });
}
