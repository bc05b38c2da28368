/** What can go wrong on a relay stream. The texts are those of release 0.169.0 where it has some. */

/**
 * - `invalidFrame`: one frame is no use and is dropped; its stream and the link live on.
 * - `streamFailed`: the stream has to be reset; others and the link live on.
 * - `messageTooLong`: a message of ours does not fit; nothing of it was sent, and the stream lives on.
 */
export type RelayErrorCode = 'invalidFrame' | 'streamFailed' | 'messageTooLong';

/** Holds nothing of what a peer sent. */
export class RelayError extends Error {
  override readonly name = 'RelayError';
  constructor(
    readonly code: RelayErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const invalidFrame = (message: string, cause?: unknown) => new RelayError('invalidFrame', message, { cause });
export const undecodableFrame = (detail: string, cause?: unknown) =>
  invalidFrame(`invalid relay message frame: ${detail}`, cause);
export const unsupportedVersion = (version: number) =>
  invalidFrame(`unsupported relay message frame version ${version}`);
export const missingStreamId = () => invalidFrame('relay message frame is missing stream_id');
export const missingBody = () => invalidFrame('relay message frame is missing body');
export const incompleteData = () => invalidFrame('relay data message frame is missing required fields');
export const missingReason = () => invalidFrame('relay reset message frame is missing reason');
export const missingHandshakePayload = () => invalidFrame('relay handshake message frame is missing payload');

const streamFailed = (message: string) => new RelayError('streamFailed', message);
export const recordTooLong = () => streamFailed('Noise relay plaintext record exceeds maximum length');
export const invalidMessageLength = () => streamFailed('Noise relay JSON-RPC message has invalid length');
export const tooFarAhead = () => streamFailed('Noise relay ciphertext exceeds reorder window');
export const tooMuchHeld = () => streamFailed('Noise relay pending ciphertext buffer is full');
export const sequenceExhausted = () => streamFailed('Noise relay sequence number exhausted');
export const recordMissing = () => streamFailed('Noise relay record is missing');
export const peerSilent = () => streamFailed('Noise relay peer is silent');
export const notAcknowledged = () => streamFailed('Noise relay records are not acknowledged');

export const messageTooLong = () =>
  new RelayError('messageTooLong', 'Noise relay JSON-RPC message exceeds maximum length');
