/** The records of the flood: every byte follows from the number of its record. */

export const FLOOD_RECORDS = 300_000;
/** The exit takes a number in the middle of the output, as that of a process with children does. */
export const FLOOD_EXIT_SEQ = 200_000;
export const FLOOD_CLOSED_SEQ = FLOOD_RECORDS + 1;

/** Mostly small, at times the largest there can be. */
export const floodLength = (seq: number): number =>
  seq === FLOOD_EXIT_SEQ ? 0 : seq % 97 === 0 ? 65_536 - (seq % 5) : 1 + (seq % 113);

const PERIOD = 251;
const pattern = Uint8Array.from({ length: 65_536 + PERIOD }, (_, index) => index % PERIOD);

export const floodBytes = (seq: number): Uint8Array =>
  pattern.subarray(seq % PERIOD, (seq % PERIOD) + floodLength(seq));
