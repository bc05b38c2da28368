/**
 * The header of a ring: the writer's state, readable at any moment and always whole.
 *
 *   word 0        version: how often the state was published; the newest state lies in copy (version mod 4)
 *   word 1        evicted: records that are gone; their space may be written over from now on
 *   word 16..     four copies of the state, 16 words each, written in turn
 *
 * A reader takes the newest copy and keeps it when the writer has not come near that copy meanwhile. In place of one copy under
 * an even/odd word: a writer that loses its processor in the middle of a publication does not hold up the reader.
 */

/** What one publication says. Together its fields are true of one moment. */
export interface RingState {
  /** Position after the newest record. */
  readonly head: number;
  /** Position of the oldest record or of a skip in front of it; `head` without a record. */
  readonly tail: number;
  /** Highest number used by a record, the exit or the close, plus 1. */
  readonly nextSeq: number;
  /** Number of the oldest record, or `nextSeq` without one. */
  readonly firstRetainedSeq: number;
  /** Records and bytes evicted so far. Bytes are exact up to 2^53. */
  readonly lostChunks: number;
  readonly lostBytes: number;
  readonly exit: RingExit | undefined;
  readonly closedSeq: number | undefined;
}

export interface RingExit {
  readonly seq: number;
  readonly exitCode: number;
  readonly sandboxDenied: boolean;
}

/** Bytes in front of the record space. */
export const HEADER_BYTES = 5 * 64;

const VERSION = 0;
const EVICTED = 1;
const COPIES = 4;
const COPY_WORDS = 16;

const HEAD = 0;
const TAIL = 1;
const NEXT_SEQ = 2;
const FIRST_RETAINED_SEQ = 3;
const LOST_CHUNKS = 4;
const LOST_BYTES_LOW = 5;
const LOST_BYTES_HIGH = 6;
const EXIT_CODE = 7;
/** 0 while it has not happened: numbers start at 1. */
const EXIT_SEQ = 8;
const CLOSED_SEQ = 9;
const SANDBOX_DENIED = 10;

/**
 * Each failed try means that the writer published three times within the dozen loads of one copy, so even a second one is rare.
 */
const READ_TRIES = 1000;

/** The header of a ring as words. */
export const headerWords = (ring: SharedArrayBuffer): Int32Array => new Int32Array(ring, 0, HEADER_BYTES / 4);

/** Makes `state` the newest one. Only the one writer calls this. */
export function publishState(words: Int32Array, state: RingState): void {
  const at = copyAt(Atomics.load(words, VERSION) + 1);
  Atomics.store(words, at + HEAD, state.head);
  Atomics.store(words, at + TAIL, state.tail);
  Atomics.store(words, at + NEXT_SEQ, state.nextSeq);
  Atomics.store(words, at + FIRST_RETAINED_SEQ, state.firstRetainedSeq);
  Atomics.store(words, at + LOST_CHUNKS, state.lostChunks);
  Atomics.store(words, at + LOST_BYTES_LOW, state.lostBytes % 2 ** 32);
  Atomics.store(words, at + LOST_BYTES_HIGH, Math.floor(state.lostBytes / 2 ** 32));
  Atomics.store(words, at + EXIT_CODE, state.exit?.exitCode ?? 0);
  Atomics.store(words, at + EXIT_SEQ, state.exit?.seq ?? 0);
  Atomics.store(words, at + CLOSED_SEQ, state.closedSeq ?? 0);
  Atomics.store(words, at + SANDBOX_DENIED, state.exit?.sandboxDenied ? 1 : 0);
  Atomics.add(words, VERSION, 1);
}

/** The newest state. Throws when the writer publishes faster than anybody could read, which no real writer does. */
export function readState(words: Int32Array): RingState {
  for (let tries = 0; tries < READ_TRIES; tries += 1) {
    const version = Atomics.load(words, VERSION);
    const state = readCopy(words, copyAt(version));
    if (stoodStill(version, Atomics.load(words, VERSION))) return state;
  }
  throw new Error('the state of an output ring could not be read: it never stood still');
}

/**
 * Whether the copy of version `read` was whole while it was read, if the version is `now` afterwards: the writer may be at work
 * on the copy of version `now + 1`, which takes the place of `now + 1 - COPIES`.
 */
export const stoodStill = (read: number, now: number): boolean => (now - read) >>> 0 < COPIES - 1;

/**
 * Tells readers that all records before the given count are gone. Only the one writer calls this: after the state without
 * them is published, before their space is written over. The read-modify-write keeps later plain stores behind it.
 */
export function announceEvicted(words: Int32Array, records: number): void {
  Atomics.exchange(words, EVICTED, records);
}

/** Whether the record of this ordinal (counted from 0 since the ring was fresh) may have been written over by now. */
export const isEvicted = (words: Int32Array, ordinal: number): boolean => Atomics.load(words, EVICTED) >>> 0 > ordinal;

/** The same, with every plain load before it done: says whether bytes copied just now can be trusted, also on weakly ordered machines. */
export const isEvictedAfterLoads = (words: Int32Array, ordinal: number): boolean =>
  Atomics.add(words, EVICTED, 0) >>> 0 > ordinal;

const copyAt = (version: number): number => COPY_WORDS * (1 + (version & (COPIES - 1)));

function readCopy(words: Int32Array, at: number): RingState {
  const exitSeq = Atomics.load(words, at + EXIT_SEQ) >>> 0;
  const closedSeq = Atomics.load(words, at + CLOSED_SEQ) >>> 0;
  return {
    head: Atomics.load(words, at + HEAD),
    tail: Atomics.load(words, at + TAIL),
    nextSeq: Atomics.load(words, at + NEXT_SEQ) >>> 0,
    firstRetainedSeq: Atomics.load(words, at + FIRST_RETAINED_SEQ) >>> 0,
    lostChunks: Atomics.load(words, at + LOST_CHUNKS) >>> 0,
    lostBytes:
      (Atomics.load(words, at + LOST_BYTES_HIGH) >>> 0) * 2 ** 32 + (Atomics.load(words, at + LOST_BYTES_LOW) >>> 0),
    exit:
      exitSeq === 0
        ? undefined
        : {
            seq: exitSeq,
            exitCode: Atomics.load(words, at + EXIT_CODE),
            sandboxDenied: Atomics.load(words, at + SANDBOX_DENIED) === 1,
          },
    closedSeq: closedSeq === 0 ? undefined : closedSeq,
  };
}
