/**
 * The symmetric state of the Noise paper (revision 34, 5.2), which both ends carry through a handshake: whoever has followed
 * the same messages and secrets has the same state. Plain data, so that it can go to another thread.
 */
import { createHash, createHmac } from 'node:crypto';
import { decrypt, encryptInto } from './aes-gcm.js';
import { handshakeDecryptionFailed } from './errors.js';
import { Nonces } from './nonces.js';
import { wipe } from './secrets.js';
import { HASH_BYTES, TAG_BYTES } from './sizes.js';

/** The three arrays stay the same and are written over, so no older key is left in memory. */
export interface SymmetricState {
  /** `h`: everything said so far. */
  readonly hash: Uint8Array;
  /** `ck`: every secret so far. */
  readonly chainingKey: Uint8Array;
  /** `k`; no key as long as it is not keyed. */
  readonly key: Uint8Array;
  keyed: boolean;
  /** `n`: messages under the present key. */
  counter: number;
}

/** The name of the protocol is longer than a hash, so its hash is what both begin with. */
export function createSymmetricState(name: string): SymmetricState {
  const hash = createHash('sha256').update(name).digest();
  return {
    hash: Uint8Array.from(hash),
    chainingKey: Uint8Array.from(hash),
    key: new Uint8Array(HASH_BYTES),
    keyed: false,
    counter: 0,
  };
}

export function mixHash(state: SymmetricState, bytes: Uint8Array): void {
  state.hash.set(createHash('sha256').update(state.hash).update(bytes).digest());
}

export function mixKey(state: SymmetricState, secret: Uint8Array): void {
  const [chainingKey, key] = derive(state.chainingKey, secret, 2);
  replaceKeys(state, chainingKey!, key!);
}

export function mixKeyAndHash(state: SymmetricState, secret: Uint8Array): void {
  const [chainingKey, mixed, key] = derive(state.chainingKey, secret, 3);
  replaceKeys(state, chainingKey!, key!);
  mixHash(state, mixed!);
  wipe(mixed!);
}

/** Ciphertext and tag, or the plaintext itself as long as there is no key. */
export function encryptAndHash(state: SymmetricState, plaintext: Uint8Array): Uint8Array {
  const written = state.keyed ? encrypted(state, plaintext) : plaintext;
  mixHash(state, written);
  return written;
}

/** Errors: `handshakeFailed`. */
export function decryptAndHash(state: SymmetricState, received: Uint8Array): Uint8Array {
  const plaintext = state.keyed ? decrypted(state, received) : received;
  mixHash(state, received);
  return plaintext;
}

/** The keys of both directions: first that from initiator to responder. The state is of no use afterwards. */
export function split(state: SymmetricState): readonly [Uint8Array, Uint8Array] {
  const [first, second] = derive(state.chainingKey, new Uint8Array(0), 2);
  wipeSymmetricState(state);
  return [first!, second!];
}

export const wipeSymmetricState = ({ hash, chainingKey, key }: SymmetricState): void => wipe(hash, chainingKey, key);

function encrypted(state: SymmetricState, plaintext: Uint8Array): Uint8Array {
  const target = new Uint8Array(plaintext.length + TAG_BYTES);
  encryptInto(target, 0, state.key, nextNonce(state), [plaintext], state.hash);
  return target;
}

function decrypted(state: SymmetricState, received: Uint8Array): Uint8Array {
  try {
    return decrypt(state.key, nextNonce(state), received, state.hash);
  } catch (cause) {
    throw handshakeDecryptionFailed(cause);
  }
}

const nextNonce = (state: SymmetricState): Buffer => new Nonces(state.counter++).take();

function replaceKeys(state: SymmetricState, chainingKey: Uint8Array, key: Uint8Array): void {
  state.chainingKey.set(chainingKey);
  state.key.set(key);
  state.keyed = true;
  state.counter = 0;
  wipe(chainingKey, key);
}

/** HKDF of the Noise paper (4.3): so many outputs of 32 bytes. */
function derive(chainingKey: Uint8Array, secret: Uint8Array, outputs: 2 | 3): Uint8Array[] {
  const temporary = hmac(chainingKey, secret);
  const derived: Uint8Array[] = [];
  for (let number = 1; number <= outputs; number++) {
    derived.push(hmac(temporary, derived.at(-1) ?? new Uint8Array(0), Uint8Array.of(number)));
  }
  wipe(temporary);
  return derived;
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const code = createHmac('sha256', key);
  for (const part of parts) code.update(part);
  return code.digest();
}
