import type { RandomSource } from './random.js';

/** ML-KEM-768 (FIPS 203). Whatever is returned belongs to the caller, who overwrites the secrets in it. */
export interface Kem {
  readonly name: 'native' | 'noble';
  /** Out of `d || z`, which is not kept. The private key is in a form that only the same Kem understands. */
  keyPair(seed: Uint8Array): KemKeyPair;
  /** The public key is canonical. A Kem that draws `m` itself asks for no random bytes; no vector can be replayed with it. */
  encapsulate(publicKey: Uint8Array, random: RandomSource): Encapsulated;
  /** A forged ciphertext gives a secret, too, which nobody else has. */
  decapsulate(ciphertext: Uint8Array, privateKey: Uint8Array): Uint8Array;
}

export interface KemKeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

export interface Encapsulated {
  readonly ciphertext: Uint8Array;
  readonly sharedSecret: Uint8Array;
}

const Q = 3329;
/** Three polynomials of 256 coefficients, two coefficients in three bytes, in front of the 32 bytes of rho. */
const COEFFICIENTS_BYTES = 3 * 256 * 1.5;

/** Whether every coefficient is below q: the modulus check of FIPS 203, 7.2. Expects a key of the right length. */
export function isCanonicalKemKey(publicKey: Uint8Array): boolean {
  for (let at = 0; at < COEFFICIENTS_BYTES; at += 3) {
    const [low, middle, high] = [publicKey[at]!, publicKey[at + 1]!, publicKey[at + 2]!];
    if ((low | ((middle & 0x0f) << 8)) >= Q || ((middle >> 4) | (high << 4)) >= Q) return false;
  }
  return true;
}
