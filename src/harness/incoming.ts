import { createHash } from 'node:crypto';
import { RelayError } from '../relay/errors.js';
import { decodeFrame, type Frame } from '../relay/frame.js';
import type { StreamId } from '../relay/stream-id.js';
import {
  dataTooEarly,
  type HandshakeError,
  INVALID_LATER,
  invalidFrameTooEarly,
  STREAM_RESET,
  streamReset,
  textTooEarly,
} from './errors.js';

/** What a message of the link means for the one stream on it. */
export type Meaning =
  /** Nothing is to be done about it. */
  | { readonly is: 'nothing' }
  /** The answer to the handshake; the only one. */
  | { readonly is: 'response'; readonly message: Uint8Array }
  /** Goes to the stream behind its handshake. */
  | { readonly is: 'frame'; readonly frame: Frame }
  /** There will be no stream. */
  | { readonly is: 'noStream'; readonly error: HandshakeError }
  /** The stream is over. */
  | { readonly is: 'over'; readonly why: string };

const NOTHING: Meaning = { is: 'nothing' };

/**
 * The link of a harness, read for its one stream. Source: 0.169.0.
 *
 *   asking ──response──► answered ──`opened`──► open
 *
 * What belongs to other streams is nobody's here. Until the stream is open, acknowledgements and heartbeats mean nothing yet (they
 * come again), and data means that the handshake is not what it should be. Afterwards whatever is invalid ends the stream.
 */
export class Incoming {
  readonly #streamId: StreamId;
  #response: Buffer | undefined;
  #open = false;

  constructor(streamId: StreamId) {
    this.#streamId = streamId;
  }

  /** The response was good: there is a stream. */
  opened(): void {
    this.#open = true;
  }

  text(): Meaning {
    return this.#open ? { is: 'over', why: INVALID_LATER } : { is: 'noStream', error: textTooEarly() };
  }

  binary(message: Uint8Array): Meaning {
    let frame: Frame;
    try {
      frame = decodeFrame(message);
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      return this.#open ? { is: 'over', why: INVALID_LATER } : { is: 'noStream', error: invalidFrameTooEarly() };
    }
    return frame.streamId === this.#streamId ? this.#ours(frame) : NOTHING;
  }

  #ours(frame: Frame): Meaning {
    const { body } = frame;
    switch (body.kind) {
      case 'handshake':
        return this.#handshake(body.payload);
      case 'reset':
        return this.#open ? { is: 'over', why: STREAM_RESET } : { is: 'noStream', error: streamReset() };
      case 'data':
        return this.#open ? { is: 'frame', frame } : { is: 'noStream', error: dataTooEarly() };
      case 'ack':
      case 'heartbeat':
      case 'resume':
        return this.#open ? { is: 'frame', frame } : NOTHING;
      default:
        return body satisfies never;
    }
  }

  /** The same once more is what a rendezvous does that delivers twice, or an executor that was asked twice. 0.169.0 gives up then. */
  #handshake(message: Uint8Array): Meaning {
    const digest = createHash('sha256').update(message).digest();
    if (this.#response === undefined) {
      this.#response = digest;
      return { is: 'response', message };
    }
    if (this.#response.equals(digest)) return NOTHING;
    return this.#open ? { is: 'over', why: INVALID_LATER } : { is: 'noStream', error: dataTooEarly() };
  }
}
