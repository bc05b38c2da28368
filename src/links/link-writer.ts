import type { Frame } from '../relay/frame.js';
import { encodeFrame } from '../relay/frame-writer.js';
import { Outbound } from '../relay/outbound.js';
import type { PlainRecord } from '../relay/records.js';
import type { StreamId } from '../relay/stream-id.js';
import { FramePool, type LentFrame } from './frame-pool.js';
import type { RelaySocket } from './relay-socket.js';

/** A record on its way out. */
export interface OutgoingRecord extends PlainRecord {
  /** The kernel has it, or it is lost. */
  readonly sent: () => void;
}

/** Whose records these are. */
export interface Writing {
  /** What was said in this turn, cut into records. */
  gathered(): readonly OutgoingRecord[];
  /** The record as a frame, numbered and encrypted now, to be released when it has left; undefined when the stream has just failed. */
  seal(record: OutgoingRecord, frames: FramePool): LentFrame | undefined;
  /** Whether its peer takes a record more. */
  readonly canSend: boolean;
}

/**
 * The one writer of a link. What is said in one turn of the event loop leaves at its end, the streams one record each in turn; no
 * more is encrypted than the socket takes.
 */
export class LinkWriter {
  readonly #socket: Pick<RelaySocket, 'send' | 'sendInPlace' | 'together'>;
  readonly #outbound = new Outbound<Writing, OutgoingRecord>();
  readonly #frames = new FramePool();
  readonly #woken = new Set<Writing>();
  #planned: NodeJS.Immediate | undefined;

  constructor(socket: Pick<RelaySocket, 'send' | 'sendInPlace' | 'together'>) {
    this.#socket = socket;
  }

  open(stream: Writing, streamId: StreamId): void {
    this.#outbound.open(stream, streamId);
  }

  /** What the stream has not sent is dropped, and said to be sent. */
  close(stream: Writing): void {
    this.#woken.delete(stream);
    for (const { sent } of this.#outbound.close(stream)) process.nextTick(sent);
  }

  /** The stream has something to say. */
  wake(stream: Writing): void {
    this.#woken.add(stream);
    this.#plan();
  }

  /** A frame ahead of all records. False: there is no room for it, and it is gone. */
  control(frame: Frame): boolean {
    const taken = this.#outbound.control(frame);
    this.#plan();
    return taken;
  }

  /** A record that leaves again, in its stream's turn. */
  again(stream: Writing, frame: Frame): void {
    this.#outbound.again(stream, frame);
    this.#plan();
  }

  /** Whether the stream can send may have changed. */
  review(stream: Writing): void {
    this.#outbound.hold(stream, !stream.canSend);
    this.#plan();
  }

  /** Writes what may be written, now. */
  flush(): void {
    if (this.#planned !== undefined) clearImmediate(this.#planned);
    this.#planned = undefined;
    for (const stream of this.#woken) this.#outbound.push(stream, stream.gathered());
    this.#woken.clear();
    this.#socket.together(() => this.#write());
  }

  /** The link is over. */
  end(): void {
    if (this.#planned !== undefined) clearImmediate(this.#planned);
    this.#planned = undefined;
    this.#woken.clear();
  }

  #plan(): void {
    this.#planned ??= setImmediate(() => this.flush());
  }

  #write(): void {
    for (let turn = this.#outbound.take(); turn !== undefined; turn = this.#outbound.take()) {
      const { bytes } = turn;
      if (turn.what === 'frame') {
        this.#socket.send(encodeFrame(turn.frame), () => this.#accepted(bytes));
        continue;
      }
      const { key: stream, item } = turn;
      const frame = stream.seal(item, this.#frames);
      if (frame === undefined) {
        this.#outbound.accepted(bytes);
        process.nextTick(item.sent);
        continue;
      }
      this.#outbound.hold(stream, !stream.canSend);
      this.#socket.sendInPlace(frame, () => {
        frame.release();
        this.#accepted(bytes);
        item.sent();
      });
    }
  }

  #accepted(bytes: number): void {
    this.#outbound.accepted(bytes);
    this.#plan();
  }
}
