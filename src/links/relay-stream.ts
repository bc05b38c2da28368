import type { Channel } from '../noise/channel.js';
import { NoiseError } from '../noise/errors.js';
import { TAG_BYTES } from '../noise/sizes.js';
import { freeAtOnce } from '../protocol/free-at-once.js';
import { RELAY_INBOUND_BYTES, RELAY_INBOUND_MESSAGES, RELAY_MESSAGE_BYTES } from '../protocol/limits.js';
import { messageTooLong, RelayError } from '../relay/errors.js';
import type { Frame } from '../relay/frame.js';
import { openDataFrame } from '../relay/frame-writer.js';
import { MessageAssembler } from '../relay/message-assembler.js';
import { type R1Effect, R1Endpoint } from '../relay/r1.js';
import type { StreamId } from '../relay/stream-id.js';
import type { Accept, Connection } from '../transport/connection.js';
import { Inbox, type InboxSource } from '../transport/inbox.js';
import { ReceivedMessage } from '../transport/received-message.js';
import { Alarm } from './alarm.js';
import type { FramePool, LentFrame } from './frame-pool.js';
import { GatheredMessages } from './gathered-messages.js';
import type { Holder, InboundBudget } from './inbound-budget.js';
import type { LinkWriter, OutgoingRecord, Writing } from './link-writer.js';

export interface RelayStreamOptions {
  readonly streamId: StreamId;
  /** Of the handshake that made it; belongs to the stream. */
  readonly channel: Channel;
  readonly writer: LinkWriter;
  readonly budget: InboundBudget;
  /** How error texts name the other end. */
  readonly peer: string;
  /** Who is at the other end, where sessions are bound to that. */
  readonly owner?: string | undefined;
  /**
   * Where the link carries this stream alone: it is not read while the owner takes nothing from a peer that would not send again
   * what finds no room. (One that speaks R1 is read on, for its acknowledgements come the same way.)
   */
  readonly source?: InboxSource | undefined;
  /** The first record of the peer was opened: it has the last message of the handshake. */
  readonly heard?: () => void;
  /**
   * The stream has ended from this side, for a fault or because its owner wants it to; once. Whoever carries it tells the peer.
   * Not called when `finish` was first.
   */
  readonly left: (end: StreamEnd) => void;
  readonly now?: () => number;
}

export interface StreamEnd {
  /** `failed`: for a fault, mostly of the peer; `closed`: its owner wanted it to. */
  readonly because: 'failed' | 'closed';
  /** Holds nothing of what the peer sent. */
  readonly why: string;
}

/**
 * One virtual stream behind its handshake, as a connection like any other.
 *
 *   frames ──► R1: in order ──► opener ──► assembler ──► inbox ──► owner
 *   frames ◄── sealer ◄── R1: numbered ◄── writer: in turn ◄── records of a turn's messages ◄── owner
 */
export class RelayStream implements Connection, Writing, Holder {
  readonly peer: string;
  readonly owner: string | undefined;
  readonly malformed = 'fatal';
  readonly #options: RelayStreamOptions;
  readonly #now: () => number;
  readonly #endpoint: R1Endpoint;
  readonly #assembler = new MessageAssembler();
  readonly #gathered = new GatheredMessages();
  /** Records that may leave again, by their numbers: the frames that they left in, and where. */
  readonly #kept = new Map<number, { readonly frame: LentFrame; readonly at: number }>();
  readonly #inbox: Inbox;
  readonly #alarm: Alarm;
  #queuedBytes = 0;
  #lastPieceAt = 0;
  #heard = false;
  #over = false;

  constructor(options: RelayStreamOptions) {
    const { streamId, writer, budget, peer, owner, source, now = () => performance.now() } = options;
    this.peer = peer;
    this.owner = owner;
    this.#options = options;
    this.#now = now;
    this.#endpoint = new R1Endpoint(streamId, now());
    this.#inbox = new Inbox({
      pause: () => {
        if (!this.#endpoint.peerSpeaksR1) source?.pause();
      },
      resume: () => source?.resume(),
    });
    this.#alarm = new Alarm(now, () => this.#perform(this.#endpoint.tick(this.#now())));
    writer.open(this, streamId);
    budget.enter(this);
  }

  /** Names the owner and begins; once, before anything arrives. */
  open(accept: Accept): void {
    const owner = accept(this);
    this.#inbox.open({
      message: (message) => owner.message(message),
      closed: (reason) => {
        // What waits for the owner stays counted until then, also when the stream is long over.
        this.#options.budget.leave(this);
        owner.closed(reason);
      },
    });
    this.#perform(this.#endpoint.start(this.#now()));
  }

  /** A frame of this stream behind its handshake, other than a handshake or a reset. */
  receive(frame: Frame): void {
    if (this.#over) return;
    if (frame.body.kind === 'data' && this.#isPremature(frame.body.seq)) return;
    if (frame.body.kind === 'data') this.#lastPieceAt = this.#now();
    if (frame.body.kind === 'data' && this.#isFull) this.#turnAway(frame);
    else this.#perform(this.#endpoint.receive(this.#now(), frame));
  }

  /** The stream is over: its peer, its link or its carrier says so. The owner is told, behind what it has not taken yet. */
  finish(why: string): void {
    if (this.#over) return;
    this.#end();
    this.#inbox.end(why);
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  send(message: string | Uint8Array, sent?: () => void): void {
    if (this.#over) {
      if (sent !== undefined) process.nextTick(sent);
      return;
    }
    const bytes = typeof message === 'string' ? Buffer.from(message) : message;
    const length = bytes.byteLength;
    if (length > RELAY_MESSAGE_BYTES) {
      if (sent !== undefined) process.nextTick(sent);
      this.#fail(messageTooLong().message);
      return;
    }
    this.#queuedBytes += length;
    this.#gathered.add(bytes, () => {
      this.#queuedBytes -= length;
      sent?.();
    });
    this.#options.writer.wake(this);
  }

  pause(): void {
    this.#inbox.pause();
  }

  resume(): void {
    this.#inbox.resume();
  }

  /** Only links whose sessions belong to nobody are asked. */
  probe(): Promise<boolean> {
    return Promise.resolve(!this.#over);
  }

  close(reason = 'closed by this side'): void {
    this.#inbox.discard();
    if (!this.#over) {
      // What was said before still leaves, as far as the socket takes it.
      this.#options.writer.flush();
      this.#leave({ because: 'closed', why: reason });
    }
    process.nextTick(() => this.#inbox.end(reason));
  }

  gathered(): readonly OutgoingRecord[] {
    return this.#gathered.take();
  }

  get canSend(): boolean {
    return this.#endpoint.canSend;
  }

  seal(record: OutgoingRecord, frames: FramePool): LentFrame | undefined {
    if (this.#over) return undefined;
    try {
      const { seq, ...head } = this.#endpoint.nextRecord();
      // One user sends it, the other may send it again.
      const users = 2;
      const { frame, at } = openDataFrame(head, seq, record.bytes + TAG_BYTES, (bytes) => frames.lend(bytes, users));
      this.#options.channel.sealer.sealInto(frame.bytes, at, record.parts);
      this.#kept.set(seq, { frame, at });
      this.#endpoint.sent(this.#now(), frame.bytes.subarray(at), () => {
        this.#kept.delete(seq);
        frame.release();
      });
      this.#alarm.set(this.#endpoint.deadline);
      return frame;
    } catch (error) {
      this.#fail(faultOf(error));
      return undefined;
    }
  }

  /** What the budget counts. */
  get heldBytes(): number {
    return this.#inbox.heldBytes + this.#assembler.heldBytes + this.#endpoint.heldBytes;
  }

  get unfinishedBytes(): number {
    return this.#inbox.heldMessages > 0 ? 0 : this.#assembler.heldBytes;
  }

  get lastPieceAt(): number {
    return this.#lastPieceAt;
  }

  giveUp(): void {
    this.#fail('Noise relay JSON-RPC message is not continued');
  }

  /**
   * Out of order, while the link holds enough: left out, and sent again if it was real. Whoever carries frames can make them up, for
   * as many streams as there are; what is expected is taken, and the wait for it is bounded.
   */
  #isPremature(seq: number): boolean {
    const { peerSpeaksR1, expected } = this.#endpoint;
    return peerSpeaksR1 && seq > expected && this.#options.budget.isSpent;
  }

  /** The owner does not take what is here already, or others have begun so much that this message has to wait for them. */
  get #isFull(): boolean {
    const { budget } = this.#options;
    const { heldMessages, heldBytes } = this.#inbox;
    if (heldMessages === 0) return this.#assembler.heldBytes > 0 && !budget.mayFinish(this, this.#now());
    return heldMessages > RELAY_INBOUND_MESSAGES || heldBytes > RELAY_INBOUND_BYTES || budget.isSpent;
  }

  /** A peer that speaks R1 sends it again later; for any other the record would be missing for good. */
  #turnAway(frame: Frame): void {
    if (this.#endpoint.peerSpeaksR1) this.#perform(this.#endpoint.busy(this.#now(), frame));
    else this.#fail('Noise virtual stream inbound queue is full or closed');
  }

  #perform(effects: readonly R1Effect[]): void {
    const { writer } = this.#options;
    for (const effect of effects) {
      switch (effect.do) {
        case 'deliver':
          this.#deliver(effect.record);
          break;
        case 'send':
          if (effect.frame.body.kind === 'data') writer.again(this, this.#copied(effect.frame));
          else writer.control(effect.frame);
          break;
        case 'reset':
          this.#fail(effect.cause.message);
          break;
        default:
          effect satisfies never;
      }
      if (this.#over) return;
    }
    writer.review(this);
    this.#alarm.set(this.#endpoint.deadline);
  }

  /** Its record in memory of its own: that of ours is masked by now, and may be used for another one before this leaves. */
  #copied({ body, ...head }: Frame): Frame {
    if (body.kind !== 'data') return { ...head, body };
    const { frame, at } = this.#kept.get(body.seq)!;
    return { ...head, body: { ...body, payload: frame.copyFrom(at) } };
  }

  #deliver(record: Uint8Array): void {
    const { channel, heard } = this.#options;
    let messages: readonly Uint8Array[];
    try {
      const plaintext = channel.opener.open(record);
      messages = this.#assembler.push(plaintext);
      // Unless a message is a view of it, all of it has been copied.
      if (messages.every(({ buffer }) => buffer !== plaintext.buffer)) freeAtOnce(plaintext);
    } catch (error) {
      const fault = faultOf(error);
      this.#fail(error instanceof NoiseError ? `Noise relay decryption failed: ${fault}` : fault);
      return;
    }
    if (!this.#heard) {
      this.#heard = true;
      heard?.();
    }
    for (const message of messages) this.#inbox.push(new ReceivedMessage(asBuffer(message), false));
  }

  #fail(why: string): void {
    if (this.#over) return;
    this.#leave({ because: 'failed', why });
    // The owner may be the one who is sending just now.
    process.nextTick(() => this.#inbox.end(why));
  }

  #leave(end: StreamEnd): void {
    this.#end();
    this.#options.left(end);
  }

  #end(): void {
    this.#over = true;
    const { writer, channel } = this.#options;
    this.#alarm.stop();
    this.#endpoint.end();
    this.#assembler.end();
    this.#gathered.drop();
    writer.close(this);
    channel.sealer.close();
    channel.opener.close();
  }
}

/** Errors of the owner are not ours to hide. */
function faultOf(error: unknown): string {
  if (error instanceof RelayError || error instanceof NoiseError) return error.message;
  throw error;
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
