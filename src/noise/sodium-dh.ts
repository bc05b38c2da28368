import type { DiffieHellman } from './dh.js';
import { zeroSharedSecret } from './errors.js';

/** X25519 of libsodium, which takes some time and 17 MiB to load: only whoever does handshakes asks for it. */
export async function loadSodiumDh(): Promise<DiffieHellman> {
  const { default: sodium } = await import('libsodium-wrappers');
  await sodium.ready;
  return {
    publicKeyOf: (privateKey) => sodium.crypto_scalarmult_base(privateKey),
    sharedSecret(privateKey, publicKey) {
      try {
        return sodium.crypto_scalarmult(privateKey, publicKey);
      } catch (cause) {
        // Keys of the right length are refused for nothing else.
        throw zeroSharedSecret(cause);
      }
    },
  };
}
