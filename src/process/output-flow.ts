/**
 * Decides when the output of one process becomes a chunk, and when its reading must pause.
 *
 *   pipe bytes ──► nothing in flight: a chunk at once         (latency is least when idle)
 *              ├─► something in flight: gathered up to 64 KiB  (chunks grow under load)
 *              └─► a flood: gathered up to 64 KiB or a moment  (a wake of another thread costs more than a moment's output)
 *
 * A flood of small pieces is left in its pipe for a moment at a time: to read each costs more than to write it, and keeps the
 * program from writing. Not where the pipe is full by then, which would keep it waiting.
 *
 * A chunk of a watched process is sent as one frame; at most FRAMES_IN_FLIGHT of them may be on their way to the kernel,
 * which bounds what a peer that does not read can make us hold. Without a watcher chunks only go to the ring and nothing pauses.
 */
import type { StreamName } from '../pool/calls.js';
import { FRAMES_IN_FLIGHT, OUTPUT_CHUNK_BYTES } from '../protocol/limits.js';

/** What the flow asks for. Bytes are the caller's again when `commit` returns. */
export interface OutputSink {
  /** The next chunk, 1 to OUTPUT_CHUNK_BYTES; `framed`: it is also sent, and `sent` will be called for it. */
  commit(stream: StreamName, bytes: Uint8Array, framed: boolean): void;
  pauseReading(): void;
  resumeReading(): void;
  /** Wants `tick` to be called in a moment, about a millisecond. */
  tickSoon(): void;
}

/** Lends buffers of OUTPUT_CHUNK_BYTES for gathering. */
export interface ChunkBuffers {
  take(): Uint8Array;
  give(buffer: Uint8Array): void;
}

/** Reading goes on when this few frames are in flight. */
const RESUME_AT = FRAMES_IN_FLIGHT / 2;
/** So many bytes within so many milliseconds are a flood; what somebody types or reads never is. Source: our measurements. */
const FLOOD_BYTES = 16 * 1024;
const FLOOD_MS = 4;
/** A piece below the first of these is small; of as much as the second the pipe, which holds 64 KiB, was as good as full. Source: our measurements. */
const SMALL_PIECE_BYTES = 4 * 1024;
const FULL_PIPE_BYTES = 60 * 1024;
/** So long a pipe that was full is read without a rest. */
const WITHOUT_REST_MS = 100;

interface Gathered {
  readonly stream: StreamName;
  readonly buffer: Uint8Array;
  length: number;
}

export class OutputFlow {
  readonly #sink: OutputSink;
  readonly #buffers: ChunkBuffers;
  #watched: boolean;
  #inFlight = 0;
  #gathered: Gathered | undefined;
  #paused = false;
  /** What comes stays in its pipe until the next tick. */
  #rests = false;
  #hasRested = false;
  #readsOnUntil = Number.NEGATIVE_INFINITY;
  /** Bytes that came since `since`, ms. */
  #recent = 0;
  #since = 0;
  #ticking = false;

  constructor(sink: OutputSink, buffers: ChunkBuffers, watched: boolean) {
    this.#sink = sink;
    this.#buffers = buffers;
    this.#watched = watched;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Bytes as they came from one stream, at most OUTPUT_CHUNK_BYTES; `now` in ms, from any beginning. */
  data(stream: StreamName, bytes: Uint8Array, now: number): void {
    if (bytes.length === 0) return;
    if (this.#gathered && this.#gathered.stream !== stream) this.flush();
    if (!this.#gathered && (this.#leavesAtOnce(now) || bytes.length >= OUTPUT_CHUNK_BYTES)) this.#commit(stream, bytes);
    else this.#gather(stream, bytes);
    this.#observe(bytes.length, now);
    if (stream !== 'pty') this.#restFrom(bytes.length, now);
    this.#askForTick();
  }

  /** One frame has been taken by the kernel, or was dropped. */
  sent(now: number): void {
    this.#inFlight--;
    if (this.#paused || this.#leavesAtOnce(now)) this.flush();
    if (this.#paused && this.#inFlight <= RESUME_AT) this.#resume();
    this.#askForTick();
  }

  /** A moment has passed since `tickSoon`. */
  tick(): void {
    this.#ticking = false;
    if (this.#rests) {
      this.#hold({ paused: this.#paused, rests: false });
      this.#hasRested = true;
    }
    if (this.#inFlight < FRAMES_IN_FLIGHT) this.flush();
  }

  /** Whether somebody wants frames from here on. Those in flight are still reported by `sent`. */
  watch(watched: boolean): void {
    this.#watched = watched;
    if (watched) return;
    this.flush();
    if (this.#paused) this.#resume();
  }

  /** Makes a chunk of what has been gathered: before an exit is told, at the end of a stream, and when a frame has left. */
  flush(): void {
    const gathered = this.#gathered;
    if (!gathered) return;
    this.#gathered = undefined;
    this.#commit(gathered.stream, gathered.buffer.subarray(0, gathered.length));
    this.#buffers.give(gathered.buffer);
  }

  #observe(length: number, now: number): void {
    if (now - this.#since > FLOOD_MS) {
      this.#since = now;
      this.#recent = 0;
    }
    this.#recent += length;
  }

  #isFlood(now: number): boolean {
    return this.#recent >= FLOOD_BYTES && now - this.#since <= FLOOD_MS;
  }

  /** Whether what there is need not wait for more. */
  #leavesAtOnce(now: number): boolean {
    return !this.#watched || (this.#inFlight === 0 && !this.#isFlood(now));
  }

  /** A piece of a pipe has come. */
  #restFrom(length: number, now: number): void {
    if (this.#hasRested && length >= FULL_PIPE_BYTES) this.#readsOnUntil = now + WITHOUT_REST_MS;
    this.#hasRested = false;
    if (length >= SMALL_PIECE_BYTES || now < this.#readsOnUntil || this.#paused || !this.#isFlood(now)) return;
    this.#hold({ paused: false, rests: true });
  }

  /** Frames in flight bring what is gathered on its way when they have left; without any, a tick must. It ends a rest, too. */
  #askForTick(): void {
    const isWanted = this.#rests || (this.#gathered !== undefined && this.#inFlight === 0);
    if (!isWanted || this.#ticking) return;
    this.#ticking = true;
    this.#sink.tickSoon();
  }

  #gather(stream: StreamName, bytes: Uint8Array): void {
    this.#gathered ??= { stream, buffer: this.#buffers.take(), length: 0 };
    const gathered = this.#gathered;
    const fits = Math.min(bytes.length, OUTPUT_CHUNK_BYTES - gathered.length);
    gathered.buffer.set(bytes.subarray(0, fits), gathered.length);
    gathered.length += fits;
    if (gathered.length < OUTPUT_CHUNK_BYTES) return;
    this.flush();
    if (fits < bytes.length) this.#gather(stream, bytes.subarray(fits));
  }

  #commit(stream: StreamName, bytes: Uint8Array): void {
    this.#sink.commit(stream, bytes, this.#watched);
    if (!this.#watched) return;
    this.#inFlight++;
    if (this.#inFlight >= FRAMES_IN_FLIGHT) this.#hold({ paused: true, rests: this.#rests });
  }

  #resume(): void {
    this.#hold({ paused: false, rests: this.#rests });
  }

  /** Reading stops for the first reason and goes on without any. */
  #hold({ paused, rests }: { readonly paused: boolean; readonly rests: boolean }): void {
    const [was, is] = [this.#paused || this.#rests, paused || rests];
    this.#paused = paused;
    this.#rests = rests;
    if (is && !was) this.#sink.pauseReading();
    else if (was && !is) this.#sink.resumeReading();
  }
}
