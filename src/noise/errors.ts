/** Everything that can go wrong in a Noise channel. The texts are those of release 0.169.0 where it has some. */

/**
 * - `invalidPublicKey`: a public key record cannot be used.
 * - `invalidMessage`: a message or record breaks a rule of size or content; nothing was decrypted with success.
 * - `handshakeFailed`, `transportFailed`: cryptography says no, or the state was used before or has failed before.
 * - `registryRejected`: the executor told, authenticated, that the registry does not take its credentials. Trying again is no use.
 */
export type NoiseErrorCode =
  | 'invalidPublicKey'
  | 'invalidMessage'
  | 'handshakeFailed'
  | 'transportFailed'
  | 'registryRejected';

/** Holds no key, no payload and no bytes of a message, and neither does its cause. */
export class NoiseError extends Error {
  override readonly name = 'NoiseError';
  constructor(
    readonly code: NoiseErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const invalidPublicKey = (what: string) =>
  new NoiseError('invalidPublicKey', `invalid Noise channel public key: ${what}`);
export const unsupportedSuite = () => invalidPublicKey('unsupported Noise channel suite');
export const invalidX25519Key = () => invalidPublicKey('invalid X25519 public key');
export const invalidX25519KeyLength = () => invalidPublicKey('invalid X25519 public key length');
export const invalidMlKemKey = () => invalidPublicKey('invalid ML-KEM-768 public key');
export const invalidMlKemKeyLength = () => invalidPublicKey('invalid ML-KEM-768 public key length');

const invalidMessage = (what: string) => new NoiseError('invalidMessage', `invalid Noise channel message: ${what}`);
export const requestTooLarge = () => invalidMessage('handshake request is too large');
export const responseTooLarge = () => invalidMessage('handshake response is too large');
export const payloadTooLarge = () => invalidMessage('handshake payload is too large');
export const responsePayloadNotEmpty = () => invalidMessage('handshake response payload must be empty');
export const plaintextTooLarge = () => invalidMessage('transport plaintext is too large');
export const ciphertextTooShort = () => invalidMessage('transport ciphertext is too short');
export const ciphertextTooLarge = () => invalidMessage('transport ciphertext is too large');

const handshakeFailed = (what: string, cause?: unknown) =>
  new NoiseError('handshakeFailed', `Noise channel handshake failed: ${what}`, { cause });
export const handshakeMessageTooShort = () => handshakeFailed('message is too short');
export const handshakeDecryptionFailed = (cause: unknown) => handshakeFailed('decryption failed', cause);
export const mlKemKeyNotCanonical = () => handshakeFailed('ML-KEM-768 public key is not canonical');
export const zeroSharedSecret = (cause?: unknown) => handshakeFailed('X25519 shared secret is zero', cause);
export const handshakeOver = () => handshakeFailed('handshake is over');
export const handshakeBroke = (cause: unknown) => handshakeFailed('unexpected failure', cause);

const transportFailed = (what: string, cause?: unknown) =>
  new NoiseError('transportFailed', `Noise channel transport failed: ${what}`, { cause });
export const transportDecryptionFailed = (cause: unknown) => transportFailed('decryption failed', cause);
export const noncesExhausted = () => transportFailed('no nonce is left');
export const channelClosed = () => transportFailed('channel is closed');

export const registryRejectedExecutor = () =>
  new NoiseError('registryRejected', 'environment registry rejected executor credentials');
