/** What bounds an executor and each of its sessions, as its operator sets it. Past a limit nobody is evicted: what comes is refused. */
import {
  CONNECTIONS,
  PROCESSES,
  RETAINED_BYTES,
  SESSION_PROCESSES,
  SESSIONS,
  STARTS_PER_SECOND,
} from '../protocol/limits.js';

export interface ExecutorLimits {
  /** Connections at once, of all peers. */
  readonly connections: number;
  /** Sessions at once, also those without a connection. */
  readonly sessions: number;
  /** Processes that are starting or running, or hold their streams open, of one session and of all. */
  readonly sessionProcesses: number;
  readonly processes: number;
  /** Starts of one session per second on average, and as many at once. */
  readonly startsPerSecond: number;
  /** Output of processes that have ended, and what goes with each, above which none is started; see RETAINED_PROCESS_BYTES. */
  readonly retainedBytes: number;
  /** What may wait for one peer when there is more for it; else its connection ends, and its session stays. By default as for `Peer`. */
  readonly outboundBytes: number | undefined;
  /** From the start of a process to its being killed; Infinity: never. */
  readonly processSeconds: number;
  /** A session with a connection ends when it has asked nothing and run nothing for so long; Infinity: never. */
  readonly idleSessionSeconds: number;
}

/** Far above what any known client does, and what each costs is bounded: see where they are declared. */
export const DEFAULT_LIMITS: ExecutorLimits = {
  connections: CONNECTIONS,
  sessions: SESSIONS,
  sessionProcesses: SESSION_PROCESSES,
  processes: PROCESSES,
  startsPerSecond: STARTS_PER_SECOND,
  retainedBytes: RETAINED_BYTES,
  outboundBytes: undefined,
  processSeconds: Number.POSITIVE_INFINITY,
  idleSessionSeconds: Number.POSITIVE_INFINITY,
};
