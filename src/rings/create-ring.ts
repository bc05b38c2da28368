import { HEADER_BYTES } from './published-state.js';
import { INITIAL_RECORD_SPACE_BYTES, RECORD_SPACE_BYTES } from './record-layout.js';

/**
 * Shared memory for the retained output of one process: small at first, growable to the full record space.
 * It is a ring once a RingWriter has been made for it; only then may it be shown to readers.
 */
export const createRing = (): SharedArrayBuffer =>
  new SharedArrayBuffer(HEADER_BYTES + INITIAL_RECORD_SPACE_BYTES, {
    maxByteLength: HEADER_BYTES + RECORD_SPACE_BYTES,
  });
