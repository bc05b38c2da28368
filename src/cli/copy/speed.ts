/** How fast bytes have moved lately. Pure: the time comes in. */

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** Counts of all bytes moved by then, oldest first. */
export type Samples = readonly Sample[];

/** What is older says nothing about now, ms. */
const WINDOW_MS = 5_000;

/** Keeps the newest of the old samples that are out of the window, so that the window is always spanned. */
export function sampled(samples: Samples, sample: Sample): Samples {
  const edge = samples.findLastIndex(({ atMs }) => atMs <= sample.atMs - WINDOW_MS);
  return [...samples.slice(Math.max(edge, 0)), sample];
}

/** 0 when nothing can be said yet. */
export function bytesPerSecond(samples: Samples): number {
  const [oldest, newest] = [samples[0], samples.at(-1)];
  if (oldest === undefined || newest === undefined || newest.atMs <= oldest.atMs) return 0;
  return ((newest.bytes - oldest.bytes) / (newest.atMs - oldest.atMs)) * 1000;
}
