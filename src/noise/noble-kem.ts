import type { Kem } from './kem.js';
import { Secrets } from './secrets.js';
import { MLKEM_MESSAGE_BYTES } from './sizes.js';

/** ML-KEM-768 in JavaScript, for runtimes without one. A private key is the decapsulation key of FIPS 203, 2400 bytes. */
export async function loadNobleKem(): Promise<Kem> {
  const { ml_kem768: mlkem } = await import('@noble/post-quantum/ml-kem.js');
  return {
    name: 'noble',
    keyPair(seed) {
      const { publicKey, secretKey } = mlkem.keygen(seed);
      return { publicKey, privateKey: secretKey };
    },
    encapsulate(publicKey, random) {
      using secrets = new Secrets();
      const { cipherText, sharedSecret } = mlkem.encapsulate(publicKey, secrets.keep(random(MLKEM_MESSAGE_BYTES)));
      return { ciphertext: cipherText, sharedSecret };
    },
    decapsulate: (ciphertext, privateKey) => mlkem.decapsulate(ciphertext, privateKey),
  };
}
