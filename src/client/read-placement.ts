import {
  bytesOf,
  type LostEvent,
  type ProcessEvent,
  type SequencedEvent,
  type StreamName,
  type ToldOfEnd,
  toldOfEnd,
} from './process-event.js';

/** What a `process/read` with unlimited size said: the executor's memory of a process at one moment. */
export interface ReadFacts extends ToldOfEnd {
  /** Retained output above the number asked for, ascending. */
  readonly chunks: readonly { readonly seq: number; readonly stream: StreamName; readonly bytes: Uint8Array }[];
  /** The first number not yet used. */
  readonly nextSeq: number;
  readonly exited: boolean;
  readonly exitCode: number | undefined;
  readonly closed: boolean;
  readonly failure: string | undefined;
  readonly sandboxDenied: boolean;
  /** Output that the executor retains no longer, whoever has got it, bytes; missing where it does not say. */
  readonly lostBytes?: number | undefined;
}

/** What is already known when a read is placed. */
export interface Known {
  /** The last number already accounted for. */
  readonly after: number;
  /** Bytes of output up to that number, had or lost; undefined where it is not known. */
  readonly bytes: number | undefined;
  /** Events above `after` that came on their own, in any order. */
  readonly early: Iterable<SequencedEvent>;
  /** The exit is at or below `after`, or among `early`. */
  readonly exitKnown: boolean;
}

export type Placement =
  | {
      readonly ok: true;
      readonly events: readonly ProcessEvent[];
      readonly through: number;
      /** Bytes of all lost events together; undefined where that is not known. */
      readonly lostBytes: number | undefined;
    }
  | { readonly ok: false; readonly fault: string };

/**
 * Turns a read into the events `after + 1` to `through`, without a hole: what neither the read nor an early event
 * accounts for has been evicted by the executor and is reported as lost.
 *
 * A read gives output with numbers, but the exit without one, so its place is found by elimination:
 * ```
 *   after = 3     4  5  [6]  7  [8]  9        exited, closed, nextSeq = 10
 *   read                 6       8   ^ closed is always the last number
 *                 ~~~~~      ^ a hole behind kept output is the exit: eviction takes only from the front
 *                 lost
 * ```
 * When only the front has holes, the exit is one of them; which one cannot be known and does not matter, the last is taken.
 *
 * What the executor retains no longer are all bytes below the oldest that it keeps: those that are not had among them are lost.
 * Out: `through` is `after` when there is nothing new. Faults: answers that contradict themselves or what is known.
 * Work is bounded by the number of chunks, not by the numbers a hostile peer claims.
 */
export function placeRead(known: Known, read: ReadFacts): Placement {
  const through = read.nextSeq - 1;
  if (through <= known.after) return { ok: true, events: [], through: known.after, lostBytes: 0 };

  const events = new Map<number, SequencedEvent>();
  for (const event of known.early) {
    if (event.seq > known.after && event.seq <= through) events.set(event.seq, event);
  }
  let firstKept: number | undefined;
  for (const { seq, stream, bytes } of read.chunks) {
    if (seq <= known.after) continue;
    if (seq > through) return fault(`output ${seq} lies beyond the end ${through}`);
    const other = events.get(seq);
    if (other !== undefined && other.type !== 'output') return fault(`output ${seq} has the number of ${other.type}`);
    firstKept = Math.min(firstKept ?? seq, seq);
    events.set(seq, { type: 'output', seq, stream, bytes });
  }

  if (read.closed) {
    const other = events.get(through);
    if (other !== undefined && other.type !== 'closed')
      return fault(`${other.type} ${through} has the number of closed`);
    events.set(through, { type: 'closed', seq: through });
  }

  if (read.exited && !known.exitKnown) {
    if (read.exitCode === undefined) return fault('the process has exited without an exit code');
    const seq = exitPlace(events, known.after, firstKept, through);
    if (seq === undefined) return fault('no number is left for the exit');
    const { exitCode, sandboxDenied } = read;
    events.set(seq, { type: 'exited', seq, exitCode, sandboxDenied, ...toldOfEnd(read) });
  }
  const retainedFrom = firstKept ?? through + 1;
  let had = known.bytes ?? Number.NaN;
  for (const event of events.values()) if (event.seq < retainedFrom) had += bytesOf(event);
  return withLosses(events, known.after, through, (read.lostBytes ?? Number.NaN) - had);
}

function exitPlace(
  events: ReadonlyMap<number, SequencedEvent>,
  after: number,
  firstKept: number | undefined,
  through: number,
): number | undefined {
  if (firstKept !== undefined) {
    let seq = firstKept;
    while (events.has(seq)) seq += 1;
    if (seq <= through) return seq;
  }
  let seq = through;
  while (seq > after && events.has(seq)) seq -= 1;
  return seq > after ? seq : undefined;
}

/** `lostBytes`: of all holes together; no number, or none that can be, where it is not known. */
function withLosses(
  events: ReadonlyMap<number, SequencedEvent>,
  after: number,
  through: number,
  lostBytes: number,
): Placement {
  const placed: ProcessEvent[] = [];
  const holes: number[] = [];
  const lose = (seq: number, lastSeq: number) => {
    if (seq <= lastSeq) holes.push(placed.push({ type: 'lost', seq, lastSeq }) - 1);
  };
  let last = after;
  for (const event of [...events.values()].sort((a, b) => a.seq - b.seq)) {
    lose(last + 1, event.seq - 1);
    placed.push(event);
    last = event.seq;
    if (event.type === 'closed' && event.seq < through) return fault(`closed ${event.seq} is not the last number`);
  }
  lose(last + 1, through);
  if (holes.length === 0) return { ok: true, events: placed, through, lostBytes: 0 };
  // A chunk has one byte at least.
  const bytes = lostBytes > 0 ? lostBytes : undefined;
  const [only] = holes;
  if (holes.length === 1 && bytes !== undefined) placed[only!] = { ...(placed[only!] as LostEvent), bytes };
  return { ok: true, events: placed, through, lostBytes: bytes };
}

const fault = (text: string): Placement => ({ ok: false, fault: text });
