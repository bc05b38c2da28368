/** How an executor is at one moment, in numbers. */

/** What one connection holds. */
export interface ConnectionLoad {
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** Ordinary requests that are being answered. */
  readonly running: number;
  /** Bytes of both. */
  readonly heldBytes: number;
  /** Bytes of answers and events that the peer has not taken. */
  readonly queuedBytes: number;
}

export interface ProcessCounts {
  starting: number;
  running: number;
  /** Ended, and still to be read. */
  ended: number;
  /** Memory of output that can still be read, bytes. */
  ringBytes: number;
}

export interface SessionCounts {
  attached: number;
  detached: number;
}

export interface ExecutorState {
  readonly connections: readonly ConnectionLoad[];
  readonly sessions: Readonly<SessionCounts>;
  readonly processes: Readonly<ProcessCounts>;
  readonly workers: { readonly ready: number; readonly starting: number };
}
