/** Sizes of keys and messages, bytes. Sources: RFC 7748, FIPS 203, the Noise channel of 0.169.0. */

export const X25519_KEY_BYTES = 32;
export const MLKEM_PUBLIC_KEY_BYTES = 1184;
export const MLKEM_CIPHERTEXT_BYTES = 1088;
/** `d || z`, out of which a key pair is made. */
export const MLKEM_SEED_BYTES = 64;
/** `m`, out of which one shared secret is made. */
export const MLKEM_MESSAGE_BYTES = 32;
/** Hashes, chaining keys and the keys of ciphers. */
export const HASH_BYTES = 32;
export const TAG_BYTES = 16;

const EPHEMERAL_BYTES = X25519_KEY_BYTES + MLKEM_PUBLIC_KEY_BYTES;

/** A request without its payload: skem, e, s in two parts, tag of the payload. */
export const REQUEST_OVERHEAD_BYTES =
  MLKEM_CIPHERTEXT_BYTES +
  EPHEMERAL_BYTES +
  (X25519_KEY_BYTES + TAG_BYTES) +
  (MLKEM_PUBLIC_KEY_BYTES + TAG_BYTES) +
  TAG_BYTES;

/** A response without its payload: ekem, skem, e, tag of the payload. */
export const RESPONSE_OVERHEAD_BYTES =
  MLKEM_CIPHERTEXT_BYTES + (MLKEM_CIPHERTEXT_BYTES + TAG_BYTES) + EPHEMERAL_BYTES + TAG_BYTES;
