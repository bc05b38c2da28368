import { R1_SILENCE_MS, RELAY_GAP_MS } from '../protocol/limits.js';
import { Announcement } from './announcement.js';
import { notAcknowledged, peerSilent, RelayError, recordMissing } from './errors.js';
import type { Body, Frame } from './frame.js';
import { type Arrival, OrderedRecords, R1_LIMITS, type ReceivedNumbers } from './ordered-records.js';
import { ACK_DELAY_MS } from './round-trip.js';
import { SentRecords } from './sent-records.js';
import type { StreamId } from './stream-id.js';

export type R1Effect =
  /** A ciphertext to be opened, in its order; a view of the frame it came in, or memory of its own. */
  | { readonly do: 'deliver'; readonly record: Uint8Array }
  | { readonly do: 'send'; readonly frame: Frame }
  /** The stream has failed; the endpoint is over. */
  | { readonly do: 'reset'; readonly cause: RelayError };

/** What a data frame says beside its ciphertext. */
export interface DataHead extends ReceivedNumbers {
  readonly streamId: StreamId;
  readonly seq: number;
}

/** Records that are acknowledged together, at most. Source: R1. */
const RECORDS_PER_ACK = 8;
/**
 * So long passes between two frames that say that we are busy. Source: our own. A sender tries about once a second, and each try has
 * its answer: with a second here, too, every other try would have none.
 */
const BUSY_EVERY_MS = 500;
const NOTHING_SAID: ReceivedNumbers = { ack: 0, ackBits: 0 };

/**
 * One end of a stream behind its handshake: records in order in both directions, and sent again when they get lost.
 * Sending again is the extension R1. It is spoken with peers that have shown that they know it, by a heartbeat or an acknowledgement:
 *
 *   plain ──heartbeat or ack──► acknowledges, keeps what it sends, larger windows
 *
 * To every other peer all is as 0.169.0 has it, but for a few heartbeats, which that ignores, and the end of the stream when a
 * record stays away. Times are milliseconds of a clock that never goes back.
 */
export class R1Endpoint {
  readonly #streamId: StreamId;
  readonly #incoming = new OrderedRecords();
  readonly #outgoing = new SentRecords();
  readonly #announcement: Announcement;
  /** Records that came since the last acknowledgement, and when one is due for them. */
  #unacknowledged = 0;
  #ackAt = Number.POSITIVE_INFINITY;
  /** When the gap before held records opened, or moved. */
  #gapAt = Number.POSITIVE_INFINITY;
  /** When the last frame came: the link may stand while nobody is behind it. */
  #heardAt: number;
  #saidBusyAt = Number.NEGATIVE_INFINITY;
  #over = false;

  constructor(streamId: StreamId, now: number) {
    this.#streamId = streamId;
    this.#announcement = new Announcement(now);
    this.#heardAt = now;
  }

  /** Whether a record may be sent. It may change with everything that is received. */
  get canSend(): boolean {
    return !this.#over && this.#outgoing.hasRoom;
  }

  get peerSpeaksR1(): boolean {
    return this.#outgoing.peer !== 'unknown';
  }

  /** Ciphertext that waits for what comes before it. */
  get heldBytes(): number {
    return this.#incoming.heldBytes;
  }

  /** The number of the record that is delivered next. */
  get expected(): number {
    return this.#incoming.expected;
  }

  /** When `tick` has something to do. */
  get deadline(): number | undefined {
    if (this.#over) return undefined;
    const { deadline: resendAt = Number.POSITIVE_INFINITY } = this.#outgoing;
    return Math.min(this.#announcement.deadline, this.#ackAt, resendAt, this.#failsAt());
  }

  /** The handshake is complete. */
  start(now: number): R1Effect[] {
    this.#announcement.begin(now);
    return [this.#send(now, { kind: 'heartbeat' })];
  }

  /** The head of the frame of the next record, which is to be sealed and `sent` before anything else is done here. Errors: `streamFailed`. */
  nextRecord(): DataHead {
    return { streamId: this.#streamId, seq: this.#outgoing.number(), ...this.#acknowledgement() };
  }

  /** That record has left. Its memory is kept, and must not change, until `released`. A frame to be sent again is a view of it. */
  sent(now: number, ciphertext: Uint8Array, released?: () => void): void {
    if (this.#over) {
      released?.();
      return;
    }
    this.#outgoing.add(now, ciphertext, released);
    this.#announcement.sent(now);
    // An acknowledgement of record 0 alone cannot be told from none on a data frame.
    const { ack, ackBits } = this.#acknowledgement();
    if (ack !== 0 || ackBits !== 0) this.#acknowledged();
  }

  /** Takes a frame of this stream that came behind the handshake, other than a reset or a handshake. */
  receive(now: number, { ack, ackBits, body }: Frame): R1Effect[] {
    if (this.#over) return [];
    this.#heardAt = now;
    switch (body.kind) {
      case 'data':
        if (this.peerSpeaksR1 && (ack !== 0 || ackBits !== 0)) this.#outgoing.acknowledge(now, { ack, ackBits });
        return this.#receiveRecord(now, body.seq, body.payload);
      case 'ack': {
        const effects = this.#meet(now);
        this.#outgoing.peerKnowsUs();
        this.#announcement.heard();
        this.#heedNumbers(now, { ack, ackBits });
        return [...effects, ...this.#resend(now)];
      }
      case 'heartbeat': {
        const effects = this.#meet(now);
        if (ack !== 0 || ackBits !== 0) this.#heedNumbers(now, { ack, ackBits });
        else this.#outgoing.peerWaits(now, ack);
        return [...effects, ...this.#acknowledgeNow(now)];
      }
      case 'resume':
      case 'reset':
      case 'handshake':
        return [];
      default:
        return body satisfies never;
    }
  }

  /**
   * A data frame of a peer that speaks R1 was not taken, since there is no room for it: the peer sends it again, and is told that
   * we are still here. `said`: what that frame acknowledges.
   */
  busy(now: number, { ack, ackBits }: ReceivedNumbers = NOTHING_SAID): R1Effect[] {
    if (this.#over || !this.peerSpeaksR1) return [];
    this.#heardAt = now;
    // What was not taken may well be the record that is missing.
    if (this.#incoming.hasGap) this.#gapAt = now;
    if (ack !== 0 || ackBits !== 0) this.#outgoing.acknowledge(now, { ack, ackBits });
    return [...this.#sayBusy(now), ...this.#resend(now)];
  }

  tick(now: number): R1Effect[] {
    if (this.#over) return [];
    if (now >= this.#failsAt()) return this.#fail(this.#failure(now));
    const effects: R1Effect[] = [];
    if (now >= this.#ackAt) effects.push(...this.#acknowledgeNow(now));
    if (this.#announcement.tick(now)) effects.push(this.#send(now, { kind: 'heartbeat' }));
    return [...effects, ...this.#resend(now)];
  }

  /** The stream has ended; nothing is kept any more. */
  end(): void {
    this.#over = true;
    this.#incoming.clear();
    this.#outgoing.clear();
  }

  #failsAt(): number {
    const { stalledSince = Number.POSITIVE_INFINITY } = this.#outgoing;
    const silentUntil = this.peerSpeaksR1 ? this.#heardAt + R1_SILENCE_MS : Number.POSITIVE_INFINITY;
    return Math.min(Math.min(this.#gapAt, stalledSince) + RELAY_GAP_MS, silentUntil);
  }

  #failure(now: number): RelayError {
    if (now >= this.#gapAt + RELAY_GAP_MS) return recordMissing();
    const { stalledSince = Number.POSITIVE_INFINITY } = this.#outgoing;
    return now >= stalledSince + RELAY_GAP_MS ? notAcknowledged() : peerSilent();
  }

  #fail(cause: RelayError): R1Effect[] {
    this.end();
    return [{ do: 'reset', cause }];
  }

  /** The peer has shown that it speaks R1. */
  #meet(now: number): R1Effect[] {
    if (this.peerSpeaksR1) return [];
    this.#outgoing.peerSpeaksR1(now);
    this.#incoming.limitBy(R1_LIMITS);
    this.#announcement.begin(now);
    return [this.#send(now, { kind: 'heartbeat' })];
  }

  /** Of a frame without a record. */
  #heedNumbers(now: number, said: ReceivedNumbers): void {
    const isNews = this.#outgoing.acknowledge(now, said);
    if (!isNews && said.ackBits === 0) this.#outgoing.peerWaits(now, said.ack);
  }

  #receiveRecord(now: number, seq: number, record: Uint8Array): R1Effect[] {
    let arrival: Arrival;
    try {
      arrival = this.#incoming.accept(seq, record);
    } catch (error) {
      if (error instanceof RelayError) return this.#fail(error);
      throw error;
    }
    this.#watchGap(now, arrival);
    const records = arrival.is === 'ready' ? arrival.records : [];
    const delivered = records.map((record): R1Effect => ({ do: 'deliver', record }));
    return [...delivered, ...this.#acknowledgeArrival(now, arrival, records.length), ...this.#resend(now)];
  }

  #watchGap(now: number, arrival: Arrival): void {
    if (!this.#incoming.hasGap) this.#gapAt = Number.POSITIVE_INFINITY;
    else if (arrival.is === 'ready' || this.#gapAt === Number.POSITIVE_INFINITY) this.#gapAt = now;
  }

  #acknowledgeArrival(now: number, arrival: Arrival, delivered: number): R1Effect[] {
    if (!this.peerSpeaksR1) return [];
    this.#unacknowledged += 1;
    this.#ackAt = Math.min(this.#ackAt, now + ACK_DELAY_MS);
    const orderly = arrival.is === 'ready' && delivered === 1 && !this.#incoming.hasGap;
    return orderly && this.#unacknowledged < RECORDS_PER_ACK ? [] : this.#acknowledgeNow(now);
  }

  /** Nothing while there is nothing to acknowledge, since its 0 would mean that record 0 was received. */
  #acknowledgeNow(now: number): R1Effect[] {
    this.#acknowledged();
    return this.#incoming.received === undefined ? [] : [this.#send(now, { kind: 'ack' })];
  }

  /** The records up to a gap and no bits behind it, since a gap that stays is not what keeps the peer waiting. */
  #sayBusy(now: number): R1Effect[] {
    if (now < this.#saidBusyAt + BUSY_EVERY_MS) return [];
    this.#saidBusyAt = now;
    const { received } = this.#incoming;
    if (received === undefined) return [this.#send(now, { kind: 'heartbeat' })];
    this.#acknowledged();
    return [this.#send(now, { kind: 'ack' }, { ack: received.ack, ackBits: 0 })];
  }

  #acknowledged(): void {
    this.#unacknowledged = 0;
    this.#ackAt = Number.POSITIVE_INFINITY;
  }

  #resend(now: number): R1Effect[] {
    return this.#outgoing
      .resend(now)
      .map(({ seq, ciphertext }) => this.#send(now, { kind: 'data', seq, payload: ciphertext }));
  }

  #send(now: number, body: Body, said = this.#acknowledgement()): R1Effect {
    this.#announcement.sent(now);
    return { do: 'send', frame: { streamId: this.#streamId, ...said, body } };
  }

  /** A peer that has not shown that it speaks R1 sees what it would see of 0.169.0. */
  #acknowledgement(): ReceivedNumbers {
    return this.peerSpeaksR1 ? (this.#incoming.received ?? NOTHING_SAID) : NOTHING_SAID;
  }
}
