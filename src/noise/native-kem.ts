import crypto, { type KeyObject } from 'node:crypto';
import type { Kem } from './kem.js';
import { wipe } from './secrets.js';
import { MLKEM_SEED_BYTES } from './sizes.js';

/** What Node has from release 24.7 on, where its OpenSSL is 3.5 or newer. */
interface NativeKem {
  encapsulate(publicKey: KeyObject): { readonly ciphertext: Buffer; readonly sharedKey: Buffer };
  decapsulate(privateKey: KeyObject, ciphertext: Uint8Array): Buffer;
}

/** A key in DER up to its bytes: PKCS #8 with a seed alone, and SPKI. Source: RFC 9935, id-alg-ml-kem-768. */
const PKCS8_PREFIX = Buffer.from('3054020100300b060960864801650304040204428040', 'hex');
const SPKI_PREFIX = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex');

/** ML-KEM-768 of the runtime, or undefined where it has none that works. A private key is the seed `d || z`. */
export function nativeKem(): Kem | undefined {
  const { encapsulate, decapsulate } = crypto as unknown as Partial<NativeKem>;
  if (encapsulate === undefined || decapsulate === undefined) return undefined;
  const kem: Kem = {
    name: 'native',
    keyPair(seed) {
      const spki = crypto.createPublicKey(privateKeyOf(seed)).export({ format: 'der', type: 'spki' });
      return { publicKey: Uint8Array.from(spki.subarray(SPKI_PREFIX.length)), privateKey: Uint8Array.from(seed) };
    },
    encapsulate(publicKey) {
      const { ciphertext, sharedKey } = encapsulate(publicKeyOf(publicKey));
      return { ciphertext, sharedSecret: sharedKey };
    },
    decapsulate: (ciphertext, privateKey) => decapsulate(privateKeyOf(privateKey), ciphertext),
  };
  return works(kem) ? kem : undefined;
}

/** The functions are there even where the library behind them does not know the algorithm. */
function works(kem: Kem): boolean {
  try {
    const { publicKey, privateKey } = kem.keyPair(Buffer.alloc(MLKEM_SEED_BYTES, 1));
    const { ciphertext, sharedSecret } = kem.encapsulate(publicKey, Buffer.alloc);
    return Buffer.compare(kem.decapsulate(ciphertext, privateKey), sharedSecret) === 0;
  } catch {
    return false;
  }
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  const key = Buffer.concat([PKCS8_PREFIX, seed]);
  try {
    return crypto.createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } finally {
    wipe(key);
  }
}

const publicKeyOf = (bytes: Uint8Array): KeyObject =>
  crypto.createPublicKey({ key: Buffer.concat([SPKI_PREFIX, bytes]), format: 'der', type: 'spki' });
