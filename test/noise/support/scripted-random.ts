import type { RandomSource } from '#src/noise/random.js';

/** Gives out these bytes, piece by piece, and no others: whoever asks for another number of bytes, or for more, fails. */
export function scriptedRandom(...pieces: readonly string[]): RandomSource {
  const rest = [...pieces];
  return (length) => {
    const piece = Buffer.from(rest.shift() ?? '', 'hex');
    if (piece.length !== length) throw new Error(`${length} random bytes wanted where the script has ${piece.length}`);
    return piece;
  };
}
