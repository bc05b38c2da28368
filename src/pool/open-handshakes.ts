import { type Handshakes, inlineHandshakes } from '../noise/handshakes.js';
import { nativeKem } from '../noise/native-kem.js';
import { loadPrimitives } from '../noise/primitives.js';

/** In this thread where the runtime has ML-KEM itself, else in threads of their own, the first of which starts with the first step. */
export async function openHandshakes(): Promise<Handshakes> {
  if (nativeKem() !== undefined) return inlineHandshakes(await loadPrimitives());
  const { HandshakePool } = await import('./handshake-pool.js');
  return new HandshakePool();
}
