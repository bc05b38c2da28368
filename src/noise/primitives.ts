import type { DiffieHellman } from './dh.js';
import type { Kem } from './kem.js';
import { nativeKem } from './native-kem.js';
import { loadNobleKem } from './noble-kem.js';
import { loadSodiumDh } from './sodium-dh.js';

/** What a handshake computes with, besides SHA-256, HMAC and AES-GCM, which every runtime has. */
export interface Primitives {
  readonly dh: DiffieHellman;
  readonly kem: Kem;
}

/** Loads what remote mode alone needs: libsodium, and ML-KEM in JavaScript where the runtime has none. */
export async function loadPrimitives(): Promise<Primitives> {
  const [dh, kem] = await Promise.all([loadSodiumDh(), nativeKem() ?? loadNobleKem()]);
  return { dh, kem };
}
