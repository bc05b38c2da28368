/** A request, written token by token over the bare symmetric state, as the pattern says: to see every state in between, or to begin from another name. */
import type { KeyPair } from '#src/noise/key-pair.js';
import type { Primitives } from '#src/noise/primitives.js';
import type { PublicKey } from '#src/noise/public-key.js';
import type { RandomSource } from '#src/noise/random.js';
import {
  createSymmetricState,
  encryptAndHash,
  mixHash,
  mixKey,
  mixKeyAndHash,
  type SymmetricState,
} from '#src/noise/symmetric-state.js';

export interface HandWritten {
  readonly name: string;
  readonly prologue: Uint8Array;
  readonly identity: KeyPair;
  readonly ephemeral: KeyPair;
  readonly responder: PublicKey;
  readonly payload: Uint8Array;
}

export function requestByHand(
  { dh, kem }: Primitives,
  { name, prologue, identity, ephemeral, responder, payload }: HandWritten,
  random: RandomSource,
  look: (step: string, state: SymmetricState) => void = () => {},
): { readonly message: Buffer; readonly state: SymmetricState } {
  const state = createSymmetricState(name);
  look('init', state);
  mixHash(state, prologue);
  look('prologue', state);
  mixHash(state, responder.x25519);
  mixHash(state, responder.mlkem768);
  look('pre-message', state);

  const { ciphertext, sharedSecret } = kem.encapsulate(responder.mlkem768, random);
  const parts = [encryptAndHash(state, ciphertext)];
  mixKeyAndHash(state, sharedSecret);
  look('m1 skem', state);
  for (const key of [ephemeral.publicKey.x25519, ephemeral.publicKey.mlkem768]) {
    parts.push(key);
    mixHash(state, key);
  }
  look('m1 e', state);
  mixKey(state, dh.sharedSecret(ephemeral.x25519PrivateKey, responder.x25519));
  look('m1 es', state);
  parts.push(encryptAndHash(state, identity.publicKey.x25519), encryptAndHash(state, identity.publicKey.mlkem768));
  look('m1 s', state);
  mixKey(state, dh.sharedSecret(identity.x25519PrivateKey, responder.x25519));
  look('m1 ss', state);
  parts.push(encryptAndHash(state, payload));
  look('m1 payload', state);
  return { message: Buffer.concat(parts), state };
}

/** The same for a response, which goes on from where a request left its reader. */
export function responseByHand(
  { dh, kem }: Primitives,
  state: SymmetricState,
  initiator: PublicKey,
  initiatorEphemeral: PublicKey,
  ephemeral: KeyPair,
  payload: Uint8Array,
  random: RandomSource,
  look: (step: string, state: SymmetricState) => void,
): Buffer {
  const forEphemeral = kem.encapsulate(initiatorEphemeral.mlkem768, random);
  mixHash(state, forEphemeral.ciphertext);
  mixKey(state, forEphemeral.sharedSecret);
  look('m2 ekem', state);
  const forStatic = kem.encapsulate(initiator.mlkem768, random);
  const parts = [forEphemeral.ciphertext, encryptAndHash(state, forStatic.ciphertext)];
  mixKeyAndHash(state, forStatic.sharedSecret);
  look('m2 skem', state);
  for (const key of [ephemeral.publicKey.x25519, ephemeral.publicKey.mlkem768]) {
    parts.push(key);
    mixHash(state, key);
  }
  look('m2 e', state);
  mixKey(state, dh.sharedSecret(ephemeral.x25519PrivateKey, initiatorEphemeral.x25519));
  look('m2 ee', state);
  mixKey(state, dh.sharedSecret(ephemeral.x25519PrivateKey, initiator.x25519));
  look('m2 se', state);
  parts.push(encryptAndHash(state, payload));
  look('m2 payload', state);
  return Buffer.concat(parts);
}
