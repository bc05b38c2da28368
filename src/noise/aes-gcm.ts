import { type CipherKey, createCipheriv, createDecipheriv } from 'node:crypto';
import { freeAtOnce } from '../protocol/free-at-once.js';
import { TAG_BYTES } from './sizes.js';

const ALGORITHM = 'aes-256-gcm';
const OPTIONS = { authTagLength: TAG_BYTES };
const NONE = new Uint8Array(0);

/**
 * Writes ciphertext and tag into `target` from `at` on. The plaintext comes in parts that follow each other; none may lie where
 * what comes before it is written to. Returns where the next byte goes.
 * One copy is made, since Node's cipher has its own idea of where to write.
 */
export function encryptInto(
  target: Uint8Array,
  at: number,
  key: CipherKey,
  nonce: Uint8Array,
  plaintext: readonly Uint8Array[],
  authenticated: Uint8Array = NONE,
): number {
  const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS);
  if (authenticated.length > 0) cipher.setAAD(authenticated);
  let next = at;
  for (const part of plaintext) {
    const ciphertext = cipher.update(part);
    target.set(ciphertext, next);
    next += ciphertext.length;
    freeAtOnce(ciphertext);
  }
  cipher.final();
  target.set(cipher.getAuthTag(), next);
  return next + TAG_BYTES;
}

/** The plaintext of `ciphertext || tag`, at least 16 bytes. Throws Node's error when the tag does not fit. */
export function decrypt(
  key: CipherKey,
  nonce: Uint8Array,
  sealed: Uint8Array,
  authenticated: Uint8Array = NONE,
): Buffer {
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, nonce, OPTIONS);
  if (authenticated.length > 0) decipher.setAAD(authenticated);
  decipher.setAuthTag(sealed.subarray(end));
  const plaintext = decipher.update(sealed.subarray(0, end));
  decipher.final();
  return plaintext;
}
