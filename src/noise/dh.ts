/** X25519. */
export interface DiffieHellman {
  publicKeyOf(privateKey: Uint8Array): Uint8Array;
  /**
   * Belongs to the caller. Errors: `handshakeFailed` when it is all zero, as with a public key of small order: such a secret
   * depends on neither private key.
   */
  sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
}
