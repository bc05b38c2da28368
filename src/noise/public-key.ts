import { timingSafeEqual } from 'node:crypto';
import { type DecodedBase64, decodeBase64 } from '../protocol/base64.js';
import {
  invalidMlKemKey,
  invalidMlKemKeyLength,
  invalidX25519Key,
  invalidX25519KeyLength,
  type NoiseError,
  unsupportedSuite,
} from './errors.js';
import { SUITE_TAG } from './names.js';
import { MLKEM_PUBLIC_KEY_BYTES, X25519_KEY_BYTES } from './sizes.js';

/** Both public keys of one party, raw. */
export interface PublicKey {
  readonly x25519: Uint8Array;
  readonly mlkem768: Uint8Array;
}

/** How a public key travels in JSON: these three members and no other. Keys in base64, standard alphabet, padded. */
export interface PublicKeyRecord {
  readonly suite: string;
  readonly x25519_public_key: string;
  readonly mlkem768_public_key: string;
}

export const encodePublicKey = ({ x25519, mlkem768 }: PublicKey): PublicKeyRecord => ({
  suite: SUITE_TAG,
  x25519_public_key: base64(x25519),
  mlkem768_public_key: base64(mlkem768),
});

/** Errors: `invalidPublicKey`. Whether the ML-KEM key is canonical is a matter of the handshake, as is a weak X25519 key. */
export function decodePublicKey(record: PublicKeyRecord): PublicKey {
  if (record.suite !== SUITE_TAG) throw unsupportedSuite();
  return {
    x25519: bytesOf(record.x25519_public_key, X25519_KEY_BYTES, invalidX25519Key, invalidX25519KeyLength),
    mlkem768: bytesOf(record.mlkem768_public_key, MLKEM_PUBLIC_KEY_BYTES, invalidMlKemKey, invalidMlKemKeyLength),
  };
}

/** Compared in constant time, with Node's own function: that of libsodium-wrappers is a loop in JavaScript. */
export const samePublicKey = (one: PublicKey, other: PublicKey): boolean => timingSafeEqual(joined(one), joined(other));

const joined = ({ x25519, mlkem768 }: PublicKey) => Buffer.concat([x25519, mlkem768]);

const base64 = (key: Uint8Array) => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('base64');

function bytesOf(text: string, length: number, invalid: () => NoiseError, wrongLength: () => NoiseError): Uint8Array {
  const decoded: DecodedBase64 = decodeBase64(text);
  if (!('bytes' in decoded)) throw invalid();
  if (decoded.bytes.length !== length) throw wrongLength();
  return decoded.bytes;
}
