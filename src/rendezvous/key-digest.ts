import { createHash } from 'node:crypto';
import type { Brand } from 'valibot';
import { decodePublicKey, type PublicKeyRecord } from '../noise/public-key.js';

/** SHA-256 of a public key, hex: names its holder. */
export type KeyDigest = string & Brand<'KeyDigest'>;

/** Errors: NoiseError `invalidPublicKey`. */
export function digestOfKey(record: PublicKeyRecord): KeyDigest {
  const { x25519, mlkem768 } = decodePublicKey(record);
  return createHash('sha256').update(x25519).update(mlkem768).digest('hex') as KeyDigest;
}
