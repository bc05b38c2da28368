import type { Primitives } from './primitives.js';
import type { PublicKey } from './public-key.js';
import type { RandomSource } from './random.js';
import { Secrets, wipe } from './secrets.js';
import { MLKEM_SEED_BYTES, X25519_KEY_BYTES } from './sizes.js';

/**
 * An X25519 and an ML-KEM key pair: somebody's identity for the life of a process, or the ephemeral keys of one handshake.
 * Plain data, so that it can go to another thread. It is never written anywhere.
 */
export interface KeyPair {
  readonly publicKey: PublicKey;
  readonly x25519PrivateKey: Uint8Array;
  /** In the form of the Kem that made it. */
  readonly mlkem768PrivateKey: Uint8Array;
}

/** Draws the X25519 key (32 bytes), then the seed of the ML-KEM key (64 bytes). */
export function createKeyPair({ dh, kem }: Primitives, random: RandomSource): KeyPair {
  using secrets = new Secrets();
  const x25519PrivateKey = random(X25519_KEY_BYTES);
  const mlkem = kem.keyPair(secrets.keep(random(MLKEM_SEED_BYTES)));
  return {
    publicKey: { x25519: dh.publicKeyOf(x25519PrivateKey), mlkem768: mlkem.publicKey },
    x25519PrivateKey,
    mlkem768PrivateKey: mlkem.privateKey,
  };
}

export const wipeKeyPair = ({ x25519PrivateKey, mlkem768PrivateKey }: KeyPair): void =>
  wipe(x25519PrivateKey, mlkem768PrivateKey);
