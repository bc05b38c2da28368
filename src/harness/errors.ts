/** Why a harness did not get a stream, or lost it. The texts are those of release 0.169.0 where it has some. */
import { FinalDialError } from '../transport/dial-error.js';

/** Source: 0.169.0, which logs them. */
export type HandshakeFailure =
  | 'relay_reset'
  | 'unexpected_frame'
  | 'unexpected_text'
  | 'invalid_frame'
  | 'timeout'
  | 'websocket_close'
  | 'websocket_ended';

/** Holds nothing of what the rendezvous or the executor sent. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
  constructor(
    readonly reason: HandshakeFailure,
    message: string,
  ) {
    super(message);
  }
}

export const STREAM_RESET = 'Noise relay stream reset';
export const INVALID_LATER = 'Noise relay received invalid post-handshake frame';

const TOO_EARLY = 'Noise relay received data before handshake completion';

export const streamReset = () => new HandshakeError('relay_reset', STREAM_RESET);
export const dataTooEarly = () => new HandshakeError('unexpected_frame', TOO_EARLY);
export const invalidFrameTooEarly = () => new HandshakeError('invalid_frame', TOO_EARLY);
export const textTooEarly = () =>
  new HandshakeError('unexpected_text', 'Noise relay transport expects binary protobuf frames');
export const closedTooEarly = () =>
  new HandshakeError('websocket_close', 'Noise relay websocket received close frame during handshake');
export const endedTooEarly = () =>
  new HandshakeError('websocket_ended', 'Noise relay websocket ended during handshake');
export const notAnswered = (ms: number) =>
  new HandshakeError('timeout', `the executor did not answer the handshake within ${ms / 1000} s`);

export const executorKeyChanged = () => new FinalDialError('executor key changed during session recovery');
