/** The writing end of a ring: the worker that owns the process. */
import { RETAINED_OUTPUT_BYTES, RETAINED_OUTPUT_CHUNKS } from '../protocol/limits.js';
import { announceEvicted, HEADER_BYTES, headerWords, publishState, type RingExit } from './published-state.js';
import {
  advance,
  LAST_SEQ,
  nextTurn,
  placeOf,
  RECORD_HEADER_BYTES,
  RECORD_PAYLOAD_BYTES,
  RECORD_SPACE_BYTES,
  recordSize,
  SKIP,
  STREAMS,
  type StreamName,
} from './record-layout.js';

/**
 * Keeps the newest output of one process: at most RETAINED_OUTPUT_BYTES in RETAINED_OUTPUT_CHUNKS, whole chunks, oldest out first.
 * Numbers are given by the caller, rising, from 1 to LAST_SEQ; output, exit and close draw from the same counter.
 * There is one writer per ring. Errors: RangeError for a number or a chunk that cannot be.
 */
export class RingWriter {
  /** The memory, to be handed to readers. */
  readonly ring: SharedArrayBuffer;

  readonly #header: Int32Array;
  #words: Int32Array;
  #bytes: Uint8Array;

  #head = 0;
  #tail = 0;
  #nextSeq = 1;
  #chunks = 0;
  #retainedBytes = 0;
  #lostChunks = 0;
  #lostBytes = 0;
  #exit: RingExit | undefined;
  #closedSeq: number | undefined;

  /** `origin`, a multiple of RECORD_SPACE_BYTES, is the position of the first record; for tests of the overflow of positions. */
  constructor(ring: SharedArrayBuffer, origin = 0) {
    this.ring = ring;
    this.#header = headerWords(ring);
    this.#words = recordWords(ring);
    this.#bytes = recordBytes(ring);
    this.#start(origin);
  }

  /** Bytes of output kept now. */
  get retainedBytes(): number {
    return this.#retainedBytes;
  }

  /** Bytes of output evicted so far; exact up to 2^53. */
  get lostBytes(): number {
    return this.#lostBytes;
  }

  /** Chunks evicted so far. */
  get lostChunks(): number {
    return this.#lostChunks;
  }

  /** Adds one chunk of 1 to RECORD_PAYLOAD_BYTES bytes, which are copied, and evicts what no longer fits the window. */
  append(seq: number, stream: StreamName, bytes: Uint8Array): void {
    const { length } = bytes;
    if (length < 1 || length > RECORD_PAYLOAD_BYTES) {
      throw new RangeError(`a chunk of output has 1 to ${RECORD_PAYLOAD_BYTES} bytes, not ${length}`);
    }
    this.#expect(seq);
    this.#evictFor(length);
    const position = this.#reserve(recordSize(length));
    this.#write(position, seq, stream, bytes);
    this.#head = advance(position, recordSize(length));
    this.#nextSeq = seq + 1;
    this.#chunks += 1;
    this.#retainedBytes += length;
    this.#publish();
  }

  setExit(exit: RingExit): void {
    this.#expect(exit.seq);
    this.#exit = exit;
    this.#nextSeq = exit.seq + 1;
    this.#publish();
  }

  setClosed(seq: number): void {
    this.#expect(seq);
    this.#closedSeq = seq;
    this.#nextSeq = seq + 1;
    this.#publish();
  }

  /** Makes the ring empty for another process. No reader of the former one may be left. */
  reset(): void {
    this.#start(0);
  }

  #start(origin: number): void {
    this.#head = origin | 0;
    this.#tail = this.#head;
    this.#nextSeq = 1;
    this.#chunks = 0;
    this.#retainedBytes = 0;
    this.#lostChunks = 0;
    this.#lostBytes = 0;
    this.#exit = undefined;
    this.#closedSeq = undefined;
    announceEvicted(this.#header, 0);
    this.#publish();
  }

  #expect(seq: number): void {
    if (!(seq >= this.#nextSeq && seq <= LAST_SEQ)) {
      throw new RangeError(`the next number is ${this.#nextSeq} to ${LAST_SEQ}, not ${seq}`);
    }
  }

  /** Makes room in the window for a chunk of that length. The window is larger than a chunk, so it never becomes empty again. */
  #evictFor(length: number): void {
    const lostBefore = this.#lostChunks;
    while (this.#chunks >= RETAINED_OUTPUT_CHUNKS || this.#retainedBytes + length > RETAINED_OUTPUT_BYTES) {
      this.#evictOldest();
    }
    if (this.#lostChunks === lostBefore) return;
    this.#publish();
    announceEvicted(this.#header, this.#lostChunks);
  }

  #evictOldest(): void {
    const oldest = this.#oldest();
    const length = this.#words[placeOf(oldest) / 4 + 1]! >>> 2;
    this.#tail = advance(oldest, recordSize(length));
    this.#chunks -= 1;
    this.#retainedBytes -= length;
    this.#lostChunks += 1;
    this.#lostBytes += length;
  }

  /** Position of the oldest record. A skip in front of it is evicted with it: a reader that sees the one may rely on the other. */
  #oldest(): number {
    const skips = (this.#words[placeOf(this.#tail) / 4 + 1]! & 3) === SKIP;
    return skips ? nextTurn(this.#tail) : this.#tail;
  }

  /** Position of so many bytes in one piece behind the head: lays a skip or grows the memory where needed. */
  #reserve(size: number): number {
    const place = placeOf(this.#head);
    if (place + size <= RECORD_SPACE_BYTES) {
      this.#growTo(place + size);
      return this.#head;
    }
    this.#words[place / 4 + 1] = SKIP;
    return nextTurn(this.#head);
  }

  #growTo(space: number): void {
    if (space <= this.#bytes.length) return;
    let grown = this.#bytes.length;
    while (grown < space) grown *= 2;
    this.ring.grow(HEADER_BYTES + grown);
    this.#words = recordWords(this.ring);
    this.#bytes = recordBytes(this.ring);
  }

  #write(position: number, seq: number, stream: StreamName, bytes: Uint8Array): void {
    const place = placeOf(position);
    this.#words[place / 4] = seq;
    this.#words[place / 4 + 1] = (bytes.length << 2) | STREAMS.indexOf(stream);
    this.#bytes.set(bytes, place + RECORD_HEADER_BYTES);
  }

  #publish(): void {
    publishState(this.#header, {
      head: this.#head,
      tail: this.#tail,
      nextSeq: this.#nextSeq,
      firstRetainedSeq: this.#chunks === 0 ? this.#nextSeq : this.#words[placeOf(this.#oldest()) / 4]! >>> 0,
      lostChunks: this.#lostChunks,
      lostBytes: this.#lostBytes,
      exit: this.#exit,
      closedSeq: this.#closedSeq,
    });
  }
}

/** The record space of a ring as words; of its present size, so to be made again after growth. */
const recordWords = (ring: SharedArrayBuffer): Int32Array =>
  new Int32Array(ring, HEADER_BYTES, (ring.byteLength - HEADER_BYTES) / 4);
const recordBytes = (ring: SharedArrayBuffer): Uint8Array =>
  new Uint8Array(ring, HEADER_BYTES, ring.byteLength - HEADER_BYTES);
