/** The reading end of a ring: the main thread, while the worker goes on writing. */
import {
  HEADER_BYTES,
  headerWords,
  isEvicted,
  isEvictedAfterLoads,
  type RingExit,
  type RingState,
  readState,
} from './published-state.js';
import {
  advance,
  nextTurn,
  placeOf,
  RECORD_HEADER_BYTES,
  recordSize,
  SKIP,
  STREAMS,
  type StreamName,
} from './record-layout.js';

export interface RetainedChunk {
  readonly seq: number;
  readonly stream: StreamName;
  /** A private copy. */
  readonly bytes: Buffer;
}

/** What was kept of a process at one moment. */
export interface Snapshot {
  /** Chunks above the asked number that fit `maxBytes`, rising, no kept one left out between them. */
  readonly chunks: readonly RetainedChunk[];
  /** Where the next read goes on: everything below is in `chunks`, was asked to be left out, is terminal and shown, or is lost. */
  readonly nextSeq: number;
  readonly exit: RingExit | undefined;
  readonly closedSeq: number | undefined;
  /** Bytes of output evicted; exact up to 2^53. */
  readonly lostBytes: number;
  /** Every chunk below this number is evicted; `nextSeq` of the process when none is kept. */
  readonly firstRetainedSeq: number;
}

/** How often a snapshot begins anew because its first record was evicted under its hands: that takes several GB/s of output. */
const STARTS = 8;

/** Up to this size a loop copies faster than a view can be made. */
const LOOP_COPY_BYTES = 24;

export class RingReader {
  readonly #ring: SharedArrayBuffer;
  readonly #header: Int32Array;
  #words: Int32Array = new Int32Array();
  #bytes: Uint8Array = new Uint8Array();

  /** `ring` has got its RingWriter, which may be writing at any time. */
  constructor(ring: SharedArrayBuffer) {
    this.#ring = ring;
    this.#header = headerWords(ring);
  }

  /** Memory of the ring. */
  get bytes(): number {
    return this.#ring.byteLength;
  }

  /**
   * Copies the kept chunks with a seq above `afterSeq`, in whole chunks of together `maxBytes` bytes, but at least one.
   * `nextSeq` is the next unused number of the process or, with `maxBytes` and at least one chunk, the last chunk's seq + 1.
   * A writer that overtakes the copying ends it early, as `maxBytes` would; what is in the snapshot is true nevertheless.
   * If it does so before the first chunk STARTS times, the snapshot has none and reading goes on at the oldest kept one.
   * Source: process/read of 0.169.0.
   */
  snapshot(afterSeq: number, maxBytes: number | undefined): Snapshot {
    for (let starts = 0; starts < STARTS; starts += 1) {
      const state = readState(this.#header);
      const { chunks, end } = this.#copy(state, afterSeq, maxBytes ?? Number.POSITIVE_INFINITY);
      const last = chunks.at(-1);
      if (last !== undefined && (maxBytes !== undefined || end === 'overtaken')) {
        return snapshotOf(state, chunks, last.seq + 1);
      }
      if (end === 'complete') return snapshotOf(state, chunks, state.nextSeq);
    }
    const state = readState(this.#header);
    return snapshotOf(state, [], Math.min(Math.max(state.firstRetainedSeq, afterSeq + 1), state.nextSeq));
  }

  /** Walks the records of `state`; each is looked at, or copied, and then believed only if it had not been evicted by then. */
  #copy(
    state: RingState,
    afterSeq: number,
    maxBytes: number,
  ): { readonly chunks: RetainedChunk[]; readonly end: 'complete' | 'overtaken' } {
    const chunks: RetainedChunk[] = [];
    if (afterSeq >= state.nextSeq - 1) return { chunks, end: 'complete' };
    this.#seeGrowth();
    let copied = 0;
    let position = state.tail;
    let ordinal = state.lostChunks;
    while (position !== state.head) {
      const word = placeOf(position) / 4;
      const seq = Atomics.load(this.#words, word) >>> 0;
      const shape = Atomics.load(this.#words, word + 1);
      if (isEvicted(this.#header, ordinal)) return { chunks, end: 'overtaken' };
      if ((shape & 3) === SKIP) {
        position = nextTurn(position);
        continue;
      }
      const length = shape >>> 2;
      if (seq > afterSeq) {
        copied += length;
        if (copied > maxBytes && chunks.length > 0) break;
        const bytes = this.#copyPayload(position, length);
        if (isEvictedAfterLoads(this.#header, ordinal)) return { chunks, end: 'overtaken' };
        chunks.push({ seq, stream: STREAMS[shape & 3]!, bytes });
      }
      position = advance(position, recordSize(length));
      ordinal += 1;
    }
    return { chunks, end: 'complete' };
  }

  #copyPayload(position: number, length: number): Buffer {
    const start = placeOf(position) + RECORD_HEADER_BYTES;
    const copy = Buffer.allocUnsafe(length);
    if (length > LOOP_COPY_BYTES) copy.set(this.#bytes.subarray(start, start + length));
    else for (let index = 0; index < length; index += 1) copy[index] = this.#bytes[start + index]!;
    return copy;
  }

  /** The memory has grown before a state that needs it was published. */
  #seeGrowth(): void {
    const space = this.#ring.byteLength - HEADER_BYTES;
    if (space === this.#bytes.length) return;
    this.#words = new Int32Array(this.#ring, HEADER_BYTES, space / 4);
    this.#bytes = new Uint8Array(this.#ring, HEADER_BYTES, space);
  }
}

const snapshotOf = (state: RingState, chunks: RetainedChunk[], nextSeq: number): Snapshot => ({
  chunks,
  nextSeq,
  exit: state.exit,
  closedSeq: state.closedSeq,
  lostBytes: state.lostBytes,
  firstRetainedSeq: state.firstRetainedSeq,
});
