/** Pieces whose text V8 keeps as one flat, short-lived string. A multiple of 3: only the last one ends in padding. Source: our measurements. */
const SLICE_BYTES = 49_152;

/** Writes the bytes as base64 text into `target`, beginning at `at`. Out: where the text ends. */
export function writeBase64(bytes: Buffer, target: Buffer, at: number): number {
  let end = at;
  for (let from = 0; from < bytes.length; from += SLICE_BYTES) {
    end += target.write(bytes.toString('base64', from, from + SLICE_BYTES), end, 'latin1');
  }
  return end;
}
