import { createHash } from 'node:crypto';
import { encodePublicKey, type PublicKeyRecord } from '#src/noise/public-key.js';
import { MLKEM_PUBLIC_KEY_BYTES, X25519_KEY_BYTES } from '#src/noise/sizes.js';

/** A public key in JSON; the same for the same name. Nobody has the private one. */
export const keyNamed = (name: string): PublicKeyRecord => {
  const seed = createHash('sha256').update(name).digest();
  const mlkem768 = Buffer.alloc(MLKEM_PUBLIC_KEY_BYTES, seed);
  return encodePublicKey({ x25519: seed.subarray(0, X25519_KEY_BYTES), mlkem768 });
};
