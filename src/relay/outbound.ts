import { TAG_BYTES } from '../noise/sizes.js';
import {
  R1_WINDOW_RECORDS,
  RELAY_CONTROL_BYTES,
  RELAY_CONTROL_FRAMES,
  RELAY_HANDED_OUT_BYTES,
  RELAY_STREAM_QUEUE_BYTES,
} from '../protocol/limits.js';
import { Fifo } from './fifo.js';
import type { Frame } from './frame.js';
import { dataOverheadBytes, frameBytesAtMost } from './frame-writer.js';
import type { StreamId } from './stream-id.js';

/** What leaves next. `bytes`: what its frame is counted as, to be given back by `accepted`. */
export type Turn<Key, Item> =
  /** A frame as it is to be encoded. */
  | { readonly what: 'frame'; readonly frame: Frame; readonly bytes: number }
  /**
   * A record to be encrypted now, so that its number is the one of its place. `flows`: the stream's queue has become short; whoever
   * was told to pause goes on.
   */
  | {
      readonly what: 'record';
      readonly key: Key;
      readonly item: Item;
      readonly bytes: number;
      readonly flows: boolean;
    };

interface Stream<Key, Item> {
  readonly key: Key;
  readonly overhead: number;
  readonly again: Fifo<Frame>;
  readonly records: Fifo<Item>;
  queuedBytes: number;
  paused: boolean;
  held: boolean;
  /** It has its place in the round. */
  waiting: boolean;
}

/**
 * The order in which the frames of all streams of a link leave.
 *
 *   control  ─────────────────────────────► first
 *   stream A ─ again, records ──┐
 *   stream B ─ again, records ──┼─ one each in turn ─► socket, at most 256 KiB beyond what the kernel has taken
 *   stream C ─ again, records ──┘
 *
 * Policies when full: control frames are refused; a stream is told to pause, and never loses anything.
 */
export class Outbound<Key, Item extends { readonly bytes: number }> {
  readonly #control = new Fifo<Frame>();
  #controlBytes = 0;
  readonly #streams = new Map<Key, Stream<Key, Item>>();
  readonly #round = new Fifo<Stream<Key, Item>>();
  #handedOut = 0;

  /** Bytes that the socket has and the kernel has not. */
  get handedOutBytes(): number {
    return this.#handedOut;
  }

  /** Plaintext of a stream that waits. */
  queuedBytes(key: Key): number {
    return this.#streams.get(key)?.queuedBytes ?? 0;
  }

  open(key: Key, streamId: StreamId): void {
    this.#streams.set(key, {
      key,
      overhead: dataOverheadBytes(streamId) + TAG_BYTES,
      again: new Fifo(),
      records: new Fifo(),
      queuedBytes: 0,
      paused: false,
      held: false,
      waiting: false,
    });
  }

  /** The stream is no more. Out: the records that have not left and never will. */
  close(key: Key): Item[] {
    const stream = this.#streams.get(key);
    if (stream === undefined) return [];
    this.#streams.delete(key);
    stream.again.drain();
    return stream.records.drain();
  }

  /** A handshake, reset, acknowledgement or heartbeat. False: there is no room, and it is gone. */
  control(frame: Frame): boolean {
    const bytes = frameBytesAtMost(frame);
    const { size } = this.#control;
    if (size >= RELAY_CONTROL_FRAMES || this.#controlBytes + bytes > RELAY_CONTROL_BYTES) return false;
    this.#control.push(frame);
    this.#controlBytes += bytes;
    return true;
  }

  /** A record that is sent again, in its stream's turn and also when that is held. With many already waiting it is left out: its time comes again. */
  again(key: Key, frame: Frame): void {
    const stream = this.#streams.get(key);
    if (stream === undefined || stream.again.size >= R1_WINDOW_RECORDS) return;
    stream.again.push(frame);
    this.#enter(stream);
  }

  /** Records of a stream. `pause`: enough waits; no more is read from what can wait. */
  push(key: Key, items: readonly Item[]): 'pause' | 'flow' {
    const stream = this.#streams.get(key);
    if (stream === undefined) return 'flow';
    for (const item of items) {
      stream.records.push(item);
      stream.queuedBytes += item.bytes;
    }
    this.#enter(stream);
    if (stream.queuedBytes > RELAY_STREAM_QUEUE_BYTES) stream.paused = true;
    return stream.paused ? 'pause' : 'flow';
  }

  /** The stream's peer takes no more new records, or takes some again. */
  hold(key: Key, held: boolean): void {
    const stream = this.#streams.get(key);
    if (stream === undefined) return;
    stream.held = held;
    this.#enter(stream);
  }

  /** What leaves next, or undefined while there is nothing or the socket has enough. */
  take(): Turn<Key, Item> | undefined {
    if (this.#control.first !== undefined) return this.#takeControl(this.#control.first);
    for (let stream = this.#round.first; stream !== undefined; stream = this.#round.first) {
      if (!this.#mayLeave(stream)) {
        this.#leaveRound(stream);
        continue;
      }
      const turn = this.#takeFrom(stream);
      if (turn === undefined) return undefined;
      this.#leaveRound(stream);
      this.#enter(stream);
      return turn;
    }
    return undefined;
  }

  /** The kernel has taken what was counted as so many bytes, or it is lost with its link. */
  accepted(bytes: number): void {
    this.#handedOut -= bytes;
  }

  #takeControl(frame: Frame): Turn<Key, Item> | undefined {
    const bytes = frameBytesAtMost(frame);
    if (!this.#handOut(bytes)) return undefined;
    this.#control.shift();
    this.#controlBytes -= bytes;
    return { what: 'frame', frame, bytes };
  }

  #takeFrom(stream: Stream<Key, Item>): Turn<Key, Item> | undefined {
    const frame = stream.again.first;
    if (frame !== undefined) {
      const bytes = frameBytesAtMost(frame);
      if (!this.#handOut(bytes)) return undefined;
      stream.again.shift();
      return { what: 'frame', frame, bytes };
    }
    const item = stream.records.first!;
    const bytes = item.bytes + stream.overhead;
    if (!this.#handOut(bytes)) return undefined;
    stream.records.shift();
    stream.queuedBytes -= item.bytes;
    const flows = stream.paused && stream.queuedBytes <= RELAY_STREAM_QUEUE_BYTES / 2;
    if (flows) stream.paused = false;
    return { what: 'record', key: stream.key, item, bytes, flows };
  }

  /** Whether there is room; a single frame always finds it in an empty socket. */
  #handOut(bytes: number): boolean {
    if (this.#handedOut > 0 && this.#handedOut + bytes > RELAY_HANDED_OUT_BYTES) return false;
    this.#handedOut += bytes;
    return true;
  }

  #mayLeave(stream: Stream<Key, Item>): boolean {
    if (this.#streams.get(stream.key) !== stream) return false;
    return stream.again.size > 0 || (!stream.held && stream.records.size > 0);
  }

  #enter(stream: Stream<Key, Item>): void {
    if (stream.waiting || !this.#mayLeave(stream)) return;
    stream.waiting = true;
    this.#round.push(stream);
  }

  #leaveRound(stream: Stream<Key, Item>): void {
    stream.waiting = false;
    this.#round.shift();
  }
}
