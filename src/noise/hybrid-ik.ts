/**
 * The pattern hybridIK: IK of the Noise paper with an ML-KEM-768 secret beside each X25519 secret that it would otherwise rest on.
 * One function writes or reads each message, from top to bottom as the tokens come. Source: the Noise channel of 0.169.0.
 *
 *   initiator (harness)                                       responder (executor)
 *     <- s                  known beforehand
 *     -> skem, e, es, s, ss, payload      writeRequest   readRequest
 *     <- ekem, skem, e, ee, se, payload   readResponse   writeResponse
 *
 * ekem, skem: a secret encapsulated to the other's ephemeral or static ML-KEM key. An X25519 token names the initiator's key first.
 * Errors: `handshakeFailed`, and then every secret of the handshake has been overwritten.
 */
import type { DiffieHellman } from './dh.js';
import { handshakeBroke, handshakeMessageTooShort, handshakeOver, mlKemKeyNotCanonical, NoiseError } from './errors.js';
import { type Encapsulated, isCanonicalKemKey, type Kem } from './kem.js';
import { createKeyPair, type KeyPair, wipeKeyPair } from './key-pair.js';
import { MessageParts } from './message-parts.js';
import { HASHED_NAME } from './names.js';
import type { Primitives } from './primitives.js';
import type { PublicKey } from './public-key.js';
import type { RandomSource } from './random.js';
import { Secrets } from './secrets.js';
import {
  MLKEM_CIPHERTEXT_BYTES,
  MLKEM_PUBLIC_KEY_BYTES,
  REQUEST_OVERHEAD_BYTES,
  RESPONSE_OVERHEAD_BYTES,
  TAG_BYTES,
  X25519_KEY_BYTES,
} from './sizes.js';
import {
  createSymmetricState,
  decryptAndHash,
  encryptAndHash,
  mixHash,
  mixKey,
  mixKeyAndHash,
  type SymmetricState,
  split,
  wipeSymmetricState,
} from './symmetric-state.js';

/** A handshake between its two messages: good for one step. Plain data, so that it can go to another thread; the copy left behind is to be wiped. */
interface Handshake {
  readonly symmetric: SymmetricState;
  over: boolean;
}

/** Of the initiator, which waits for the response. */
export interface Requested extends Handshake {
  readonly ephemeral: KeyPair;
}

/** Of the responder, which has yet to decide. */
export interface Received extends Handshake {
  readonly initiator: PublicKey;
  readonly initiatorEphemeral: PublicKey;
}

/** What a handshake leaves. The keys, 32 bytes each, belong to whoever gets them, and are to be wiped once they are in a cipher. */
export interface SplitKeys {
  readonly toResponder: Uint8Array;
  readonly toInitiator: Uint8Array;
  /** The same at both ends, and of no other handshake. No secret. */
  readonly handshakeHash: Uint8Array;
}

/** Draws an ephemeral key pair, then the randomness of one secret (32 bytes). */
export function writeRequest(
  { dh, kem }: Primitives,
  identity: KeyPair,
  responder: PublicKey,
  prologue: Uint8Array,
  payload: Uint8Array,
  random: RandomSource,
): { readonly message: Uint8Array; readonly requested: Requested } {
  const ephemeral = createKeyPair({ dh, kem }, random);
  const symmetric = begin(prologue, responder);
  const requested = { symmetric, ephemeral, over: false };
  return wipedUnlessDone(requested, () => {
    using secrets = new Secrets();

    const forResponder = encapsulate(kem, responder.mlkem768, random);
    const skem = encryptAndHash(symmetric, forResponder.ciphertext);
    mixKeyAndHash(symmetric, secrets.keep(forResponder.sharedSecret));

    const e = writeEphemeral(symmetric, ephemeral.publicKey);
    mixKey(symmetric, secrets.keep(agree(dh, ephemeral, responder))); // es

    const s = [
      encryptAndHash(symmetric, identity.publicKey.x25519),
      encryptAndHash(symmetric, identity.publicKey.mlkem768),
    ];
    mixKey(symmetric, secrets.keep(agree(dh, identity, responder))); // ss

    const message = Buffer.concat([skem, ...e, ...s, encryptAndHash(symmetric, payload)]);
    return { message, requested };
  });
}

export function readRequest(
  { dh, kem }: Primitives,
  identity: KeyPair,
  prologue: Uint8Array,
  message: Uint8Array,
): { readonly payload: Uint8Array; readonly received: Received } {
  if (message.length < REQUEST_OVERHEAD_BYTES) throw handshakeMessageTooShort();
  const symmetric = begin(prologue, identity.publicKey);
  return wipedUnlessDone({ symmetric, over: false }, () => {
    using secrets = new Secrets();
    const parts = new MessageParts(message);

    const skem = decryptAndHash(symmetric, parts.take(MLKEM_CIPHERTEXT_BYTES));
    mixKeyAndHash(symmetric, secrets.keep(kem.decapsulate(skem, identity.mlkem768PrivateKey)));

    const initiatorEphemeral = readEphemeral(symmetric, parts);
    mixKey(symmetric, secrets.keep(agree(dh, identity, initiatorEphemeral))); // es

    const initiator = {
      x25519: decryptAndHash(symmetric, parts.take(X25519_KEY_BYTES + TAG_BYTES)),
      mlkem768: canonical(decryptAndHash(symmetric, parts.take(MLKEM_PUBLIC_KEY_BYTES + TAG_BYTES))),
    };
    mixKey(symmetric, secrets.keep(agree(dh, identity, initiator))); // ss

    const payload = decryptAndHash(symmetric, parts.rest());
    return { payload, received: { symmetric, initiator, initiatorEphemeral, over: false } };
  });
}

/** Draws the randomness of two secrets (32 bytes each: ekem, skem), then an ephemeral key pair. */
export function writeResponse(
  { dh, kem }: Primitives,
  received: Received,
  payload: Uint8Array,
  random: RandomSource,
): { readonly message: Uint8Array; readonly keys: SplitKeys } {
  enter(received);
  const { symmetric, initiator, initiatorEphemeral } = received;
  return wipedUnlessDone(received, () => {
    using secrets = new Secrets();

    const forEphemeral = encapsulate(kem, initiatorEphemeral.mlkem768, random);
    mixHash(symmetric, forEphemeral.ciphertext); // ekem
    mixKey(symmetric, secrets.keep(forEphemeral.sharedSecret));

    const forInitiator = encapsulate(kem, initiator.mlkem768, random);
    const skem = encryptAndHash(symmetric, forInitiator.ciphertext);
    mixKeyAndHash(symmetric, secrets.keep(forInitiator.sharedSecret));

    const ephemeral = createKeyPair({ dh, kem }, random);
    secrets.keep(ephemeral.x25519PrivateKey, ephemeral.mlkem768PrivateKey);
    const e = writeEphemeral(symmetric, ephemeral.publicKey);
    mixKey(symmetric, secrets.keep(agree(dh, ephemeral, initiatorEphemeral))); // ee
    mixKey(symmetric, secrets.keep(agree(dh, ephemeral, initiator))); // se

    const message = Buffer.concat([forEphemeral.ciphertext, skem, ...e, encryptAndHash(symmetric, payload)]);
    return { message, keys: splitKeys(symmetric) };
  });
}

export function readResponse(
  { dh, kem }: Primitives,
  identity: KeyPair,
  requested: Requested,
  message: Uint8Array,
): { readonly payload: Uint8Array; readonly keys: SplitKeys } {
  enter(requested);
  const { symmetric, ephemeral } = requested;
  return wipedUnlessDone(requested, () => {
    using secrets = new Secrets();
    secrets.keep(ephemeral.x25519PrivateKey, ephemeral.mlkem768PrivateKey);
    if (message.length < RESPONSE_OVERHEAD_BYTES) throw handshakeMessageTooShort();
    const parts = new MessageParts(message);

    const ekem = parts.take(MLKEM_CIPHERTEXT_BYTES);
    mixHash(symmetric, ekem);
    mixKey(symmetric, secrets.keep(kem.decapsulate(ekem, ephemeral.mlkem768PrivateKey)));

    const skem = decryptAndHash(symmetric, parts.take(MLKEM_CIPHERTEXT_BYTES + TAG_BYTES));
    mixKeyAndHash(symmetric, secrets.keep(kem.decapsulate(skem, identity.mlkem768PrivateKey)));

    const responderEphemeral = readEphemeral(symmetric, parts);
    mixKey(symmetric, secrets.keep(agree(dh, ephemeral, responderEphemeral))); // ee
    mixKey(symmetric, secrets.keep(agree(dh, identity, responderEphemeral))); // se

    const payload = decryptAndHash(symmetric, parts.rest());
    return { payload, keys: splitKeys(symmetric) };
  });
}

/** Ends a handshake that is not gone on with. May be called at any time, and more than once. */
export function wipeHandshake(handshake: Handshake & { readonly ephemeral?: KeyPair }): void {
  handshake.over = true;
  wipeSymmetricState(handshake.symmetric);
  if (handshake.ephemeral !== undefined) wipeKeyPair(handshake.ephemeral);
}

function begin(prologue: Uint8Array, responder: PublicKey): SymmetricState {
  const symmetric = createSymmetricState(HASHED_NAME);
  mixHash(symmetric, prologue);
  mixHash(symmetric, responder.x25519);
  mixHash(symmetric, responder.mlkem768);
  return symmetric;
}

function enter(handshake: Handshake): void {
  if (handshake.over) throw handshakeOver();
  handshake.over = true;
}

/** Whatever goes wrong with the bytes of a peer is a failed handshake, and nothing of it stays. */
function wipedUnlessDone<T>(handshake: Handshake & { readonly ephemeral?: KeyPair }, step: () => T): T {
  try {
    return step();
  } catch (error) {
    wipeHandshake(handshake);
    throw error instanceof NoiseError ? error : handshakeBroke(error);
  }
}

function encapsulate(kem: Kem, publicKey: Uint8Array, random: RandomSource): Encapsulated {
  return kem.encapsulate(canonical(publicKey), random);
}

function canonical(publicKey: Uint8Array): Uint8Array {
  if (!isCanonicalKemKey(publicKey)) throw mlKemKeyNotCanonical();
  return publicKey;
}

/** Never all zero: that is a failure of its own. */
const agree = (dh: DiffieHellman, own: KeyPair, other: PublicKey): Uint8Array =>
  dh.sharedSecret(own.x25519PrivateKey, other.x25519);

function writeEphemeral(symmetric: SymmetricState, { x25519, mlkem768 }: PublicKey): Uint8Array[] {
  mixHash(symmetric, x25519);
  mixHash(symmetric, mlkem768);
  return [x25519, mlkem768];
}

/** Copies, since they are kept longer than the message. */
function readEphemeral(symmetric: SymmetricState, parts: MessageParts): PublicKey {
  const x25519 = Uint8Array.from(parts.take(X25519_KEY_BYTES));
  const mlkem768 = Uint8Array.from(parts.take(MLKEM_PUBLIC_KEY_BYTES));
  mixHash(symmetric, x25519);
  mixHash(symmetric, mlkem768);
  return { x25519, mlkem768: canonical(mlkem768) };
}

function splitKeys(symmetric: SymmetricState): SplitKeys {
  const handshakeHash = Uint8Array.from(symmetric.hash);
  const [toResponder, toInitiator] = split(symmetric);
  return { toResponder, toInitiator, handshakeHash };
}
