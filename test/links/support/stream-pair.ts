import { randomBytes } from 'node:crypto';
import { InboundBudget } from '#src/links/inbound-budget.js';
import { LinkWriter } from '#src/links/link-writer.js';
import { maskInPlace } from '#src/links/masked-frame.js';
import { RelayStream, type StreamEnd } from '#src/links/relay-stream.js';
import { type Channel, initiatorChannel, responderChannel } from '#src/noise/channel.js';
import { decodeFrame, type Frame } from '#src/relay/frame.js';
import { asStreamId } from '#src/relay/stream-id.js';
import { Happenings } from '#test/support/happenings.js';

export const STREAM = asStreamId('3f2504e0-4f89-41d3-9a0c-0305e82c3301');

/** Both ends of one channel, as a handshake would leave them. */
export function channels(): readonly [Channel, Channel] {
  const [one, other] = [randomBytes(32), randomBytes(32)];
  const keys = () => ({
    toResponder: Uint8Array.from(one),
    toInitiator: Uint8Array.from(other),
    handshakeHash: new Uint8Array(32),
  });
  return [initiatorChannel(keys()), responderChannel(keys())];
}

/** A stream whose frames go to `wire`, and what its owner is told. */
export class OwnedStream {
  readonly stream: RelayStream;
  readonly messages: string[] = [];
  readonly closed: string[] = [];
  readonly left: StreamEnd[] = [];
  /** Frames that were sent, as they would be read. */
  readonly frames: Frame[] = [];
  heard = 0;
  readonly #happenings = new Happenings();

  constructor(channel: Channel, wire: (bytes: Uint8Array, done: () => void) => void, budget = new InboundBudget()) {
    const send = (bytes: Uint8Array, done: () => void) => {
      this.frames.push(decodeFrame(bytes));
      wire(bytes, done);
    };
    const writer = new LinkWriter({
      send,
      sendInPlace: (frame, done) => {
        const left = Uint8Array.from(frame.bytes);
        frame.maskedWith(maskInPlace(frame.bytes).key);
        send(left, done);
      },
      together: (act) => act(),
    });
    this.stream = new RelayStream({
      streamId: STREAM,
      channel,
      writer,
      budget,
      peer: 'test stream',
      owner: 'somebody',
      heard: () => {
        this.heard += 1;
      },
      left: (end) => this.left.push(end),
    });
    this.stream.open(() => ({
      message: ({ text }) => {
        this.messages.push(text ?? '');
        this.#happenings.happened();
      },
      closed: (reason) => {
        this.closed.push(reason);
        this.#happenings.happened();
      },
    }));
  }

  /** Resolves as soon as it is so. */
  until(isSo: () => boolean): Promise<void> {
    return this.#happenings.until(isSo);
  }
}

/** Two ends with a wire between them that loses nothing. */
export function streamPair(): readonly [OwnedStream, OwnedStream] {
  const [initiator, responder] = channels();
  const ends: OwnedStream[] = [];
  const to = (other: number) => (bytes: Uint8Array, done: () => void) => {
    setImmediate(() => {
      ends[other]!.stream.receive(decodeFrame(Uint8Array.from(bytes)));
      done();
    });
  };
  ends.push(new OwnedStream(initiator, to(1)), new OwnedStream(responder, to(0)));
  return ends as unknown as readonly [OwnedStream, OwnedStream];
}
