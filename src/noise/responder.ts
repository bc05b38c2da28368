/** The executor's side of a handshake: reads who asks, and answers once the registry has decided. */
import { NOISE_MESSAGE_BYTES } from '../protocol/limits.js';
import { requestTooLarge } from './errors.js';
import { type Received, readRequest, type SplitKeys, writeResponse } from './hybrid-ik.js';
import type { KeyPair } from './key-pair.js';
import { REJECTION_MARKER } from './names.js';
import type { Primitives } from './primitives.js';
import { type ChannelPlace, prologueOf } from './prologue.js';
import type { RandomSource } from './random.js';
import { wipe } from './secrets.js';

/**
 * Who asks (`received.initiator`) and with which authorization, as bytes that are not yet known to be text.
 * The state waits for `accept`, `reject` or `wipeHandshake`. Errors: `invalidMessage`, `handshakeFailed`.
 */
export function receive(
  primitives: Primitives,
  identity: KeyPair,
  place: ChannelPlace,
  request: Uint8Array,
): { readonly authorization: Uint8Array; readonly received: Received } {
  if (request.length > NOISE_MESSAGE_BYTES) throw requestTooLarge();
  const { payload, received } = readRequest(primitives, identity, prologueOf(place), request);
  return { authorization: payload, received };
}

/** Only after the registry has said that the initiator's key is valid. Uses the state up. Errors: `handshakeFailed`. */
export const accept = (
  primitives: Primitives,
  received: Received,
  random: RandomSource,
): { readonly message: Uint8Array; readonly keys: SplitKeys } =>
  writeResponse(primitives, received, new Uint8Array(0), random);

/** The response that says: the registry does not take this executor's credentials. There is no channel then. */
export function reject(primitives: Primitives, received: Received, random: RandomSource): Uint8Array {
  const { message, keys } = writeResponse(primitives, received, Buffer.from(REJECTION_MARKER), random);
  wipe(keys.toResponder, keys.toInitiator);
  return message;
}
