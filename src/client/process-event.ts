import type { OutputStream } from '../protocol/process.js';
import type { EndCause, ResourceUsage } from '../protocol/process-end.js';

export type { EndCause, ResourceUsage };

/**
 * What happened to a process, in the order of its sequence numbers: 1, 2, 3, ... shared by output, exit and close.
 *
 * ```
 *   output 1 ── output 2 ── exited 3 ── output 4 ── closed 5      (output may follow the exit, nothing follows closed)
 *   lost 1..7 ── output 8 ── exited 9 ── closed 10                (the executor had dropped 1..7 before we could ask)
 * ```
 */
export type ProcessEvent = OutputEvent | LostEvent | ExitedEvent | ClosedEvent;

/** The events that have a message of their own; `lost` is our conclusion from a read. */
export type SequencedEvent = OutputEvent | ExitedEvent | ClosedEvent;

/** Where output came from: `stdout`, `stderr`, or `pty`, the one stream of a terminal. */
export type StreamName = OutputStream;

/** Some bytes of one stream, as the process wrote them; a character may be split between two events. */
export interface OutputEvent {
  readonly type: 'output';
  readonly seq: number;
  readonly stream: StreamName;
  readonly bytes: Uint8Array;
}

/** Output with the numbers `seq` to `lastSeq` is gone for good: it left the executor's window (1 MiB) before it was read. */
export interface LostEvent {
  readonly type: 'lost';
  readonly seq: number;
  readonly lastSeq: number;
  /** How many bytes that was, exactly; missing where it is not known, as with executors of other makings. */
  readonly bytes?: number | undefined;
}

/** What an executor of ours tells of an end besides its code; each member is missing where it is not known. */
export interface ToldOfEnd {
  /** Why the process ended: by itself, by a signal, or killed by the executor and for whom. */
  readonly cause?: EndCause | undefined;
  /**
   * What it used, with its descendants that ended and were waited for: processor time (`userMs`, `systemMs`) and time from start
   * to end (`wallMs`) in milliseconds, and the most memory that one of them had (`peakRssBytes`). That peak is missing where it
   * is below what the executor itself has: Linux does not tell them apart then.
   */
  readonly usage?: ResourceUsage | undefined;
}

/** The known members only. */
export const toldOfEnd = ({ cause, usage }: ToldOfEnd): ToldOfEnd => ({
  ...(cause && { cause }),
  ...(usage && { usage }),
});

/** The process has ended; output may still follow. `sandboxDenied` is undefined where an old executor does not say. */
export interface ExitedEvent extends ToldOfEnd {
  readonly type: 'exited';
  readonly seq: number;
  readonly exitCode: number;
  readonly sandboxDenied: boolean | undefined;
}

/** Both streams are at their end and the process has ended. */
export interface ClosedEvent {
  readonly type: 'closed';
  readonly seq: number;
}

/** The highest sequence number an event accounts for. */
export const lastSeqOf = (event: ProcessEvent): number => (event.type === 'lost' ? event.lastSeq : event.seq);

/** Bytes of output an event holds in memory. */
export const bytesOf = (event: ProcessEvent): number => (event.type === 'output' ? event.bytes.length : 0);
