import type { Change } from './support/benchmark.js';

const ms = (rival: number, ours: number, by: number, percent: number): Change => ({ rival, ours, by, percent });

/**
 * What pushed events saved where they were invented, by the names of our figures; ms.
 * Three runs of 30 `/usr/bin/true` for each way, over one route between two places; medians of the runs' percentiles.
 * Source: https://github.com/openai/codex/pull/30273 (2026-06-26); changes as printed there, from figures before rounding.
 */
export const PUBLISHED: {
  readonly changes: Readonly<Record<string, Change>>;
  /** Of the older way; the newer has none. */
  readonly gone: Readonly<Record<string, number>>;
} = {
  changes: {
    'end to end p50': ms(159.5, 118.7, -40.8, -25.6),
    'end to end p95': ms(182.4, 131.7, -50.6, -27.8),
    'completion wait p50': ms(80.1, 41.5, -38.5, -48.1),
  },
  gone: { 'final read p50': 79.9 },
};
