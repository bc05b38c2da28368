/** Boxes of libsodium that only the owner of an Ed25519 key can open, with the X25519 key that is made from it. */
import { createHash, type KeyObject } from 'node:crypto';

/** Undefined: it cannot be opened with this key. `privateKey`: Ed25519. */
export async function openSealed(box: Uint8Array, privateKey: KeyObject): Promise<Buffer | undefined> {
  const { default: sodium } = await import('libsodium-wrappers');
  await sodium.ready;
  const secret = exchangeKey(privateKey);
  try {
    return Buffer.from(sodium.crypto_box_seal_open(box, sodium.crypto_scalarmult_base(secret), secret));
  } catch {
    return undefined;
  } finally {
    secret.fill(0);
  }
}

/** What Ed25519 itself makes its scalar from; libsodium does the rest at every use. Source: RFC 8032, section 5.1.5. */
function exchangeKey(privateKey: KeyObject): Buffer {
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d!, 'base64url');
  return createHash('sha512').update(seed).digest().subarray(0, 32);
}
