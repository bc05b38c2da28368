import type { ExitStatus } from './spawner.js';

/** Shells report a death by signal as this plus its number, and so do we. */
const SIGNAL_EXIT_BASE = 128;

export const exitCodeOf = (status: ExitStatus): number =>
  'exitCode' in status ? status.exitCode : SIGNAL_EXIT_BASE + status.signal;
