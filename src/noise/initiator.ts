/** The harness's side of a handshake: asks, and takes the answer or gives up. The authorization comes from the registry. */
import { NOISE_MESSAGE_BYTES } from '../protocol/limits.js';
import { payloadTooLarge, registryRejectedExecutor, responsePayloadNotEmpty, responseTooLarge } from './errors.js';
import { type Requested, readResponse, type SplitKeys, wipeHandshake, writeRequest } from './hybrid-ik.js';
import type { KeyPair } from './key-pair.js';
import { REJECTION_MARKER } from './names.js';
import type { Primitives } from './primitives.js';
import { type ChannelPlace, prologueOf } from './prologue.js';
import type { PublicKey } from './public-key.js';
import type { RandomSource } from './random.js';
import { wipe } from './secrets.js';
import { REQUEST_OVERHEAD_BYTES } from './sizes.js';

export interface Question {
  readonly identity: KeyPair;
  /** The executor's key, as the registry gave it. */
  readonly responder: PublicKey;
  readonly place: ChannelPlace;
  readonly authorization: string;
}

/** The request to send, and the state to finish or to wipe. Errors: `invalidMessage`, `handshakeFailed`. */
export function request(
  primitives: Primitives,
  { identity, responder, place, authorization }: Question,
  random: RandomSource,
): { readonly message: Uint8Array; readonly requested: Requested } {
  const payload = Buffer.from(authorization);
  if (payload.length > NOISE_MESSAGE_BYTES - REQUEST_OVERHEAD_BYTES) throw payloadTooLarge();
  return writeRequest(primitives, identity, responder, prologueOf(place), payload, random);
}

/**
 * The keys of a channel that the executor agreed to. The state is used up, also by a response that is wrong.
 * Errors: `invalidMessage`, `handshakeFailed`, `registryRejected`.
 */
export function finish(
  primitives: Primitives,
  identity: KeyPair,
  requested: Requested,
  response: Uint8Array,
): SplitKeys {
  if (response.length > NOISE_MESSAGE_BYTES) {
    wipeHandshake(requested);
    throw responseTooLarge();
  }
  const { payload, keys } = readResponse(primitives, identity, requested, response);
  if (payload.length === 0) return keys;
  wipe(keys.toResponder, keys.toInitiator);
  throw Buffer.from(payload).toString() === REJECTION_MARKER ? registryRejectedExecutor() : responsePayloadNotEmpty();
}
