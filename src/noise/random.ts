import { randomBytes } from 'node:crypto';

/** So many fresh random bytes, which belong to whoever asked and are overwritten after use. Handed in, so that vectors can be replayed. */
export type RandomSource = (bytes: number) => Uint8Array;

export const systemRandom: RandomSource = (bytes) => randomBytes(bytes);
