import type { EndedLeader } from './spawner.js';

/** A child of a worker, the first of its session: what the supervisor waits for. */
export interface Leader {
  readonly pid: number;
  /** It is about to end, if it has not. */
  readonly atEndOfOutput: boolean;
  /** It has ended and was reaped: its pid may be given to another. */
  reaped(): void;
  /** Once, behind `reaped`: nothing is left of its sandbox either. */
  exited(ended: EndedLeader): void;
}
