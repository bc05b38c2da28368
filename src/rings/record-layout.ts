/**
 * How the retained output of one process lies in shared memory.
 *
 *   0            HEADER_BYTES                                                       HEADER_BYTES + RECORD_SPACE_BYTES (once grown)
 *   ┌────────────┬──────────┬───────────────────┬───────────┬───────────────┬──────┐
 *   │ header     │ newest,  │ free              │ oldest,   │ ... records   │ skip │
 *   │ (state)    │ wrapped  │                   │ kept      │               │      │
 *   └────────────┴──────────┴───────────────────┴───────────┴───────────────┴──────┘
 *                           ▲ head              ▲ tail
 *
 *   one record, starting at a multiple of 8:
 *   ┌──────────┬─────────────────────────┬────────────────────────┬─────────────┐
 *   │ seq: u32 │ length << 2 | stream: u32 │ 1..65,536 bytes        │ 0..7 unused │
 *   └──────────┴─────────────────────────┴────────────────────────┴─────────────┘
 *
 * A record never wraps: where it does not fit before the end of the space, a record of stream SKIP takes the rest
 * (its seq and length mean nothing) and the record starts at the beginning. All words have the byte order of the machine.
 *
 * Positions are virtual: they only grow, modulo 2^32, are held as Int32, and are compared for equality only. The place of a position is its remainder modulo
 * RECORD_SPACE_BYTES, which divides 2^32. The memory is grown before a place beyond it is first used, so records never move.
 */
import { OUTPUT_CHUNK_BYTES } from '../protocol/limits.js';

export type StreamName = 'stdout' | 'stderr' | 'pty';

/** The code of a stream is its index. */
export const STREAMS: readonly StreamName[] = ['stdout', 'stderr', 'pty'];
/** The stream code of a record that only fills the space up to its end. */
export const SKIP = 3;

/** Longest chunk, bytes; the shortest is 1. */
export const RECORD_PAYLOAD_BYTES = OUTPUT_CHUNK_BYTES;
export const RECORD_HEADER_BYTES = 8;
const RECORD_ALIGNMENT = 8;

/**
 * Space for records when fully grown. The worst window fits with the record that is being added: 1 MiB of output in 50,000 chunks
 * with header and padding, one skip and one longest record. So the limits of the window evict, never the lack of space.
 */
export const RECORD_SPACE_BYTES = 2 * 1024 * 1024;
/** Space for records of a fresh ring: most processes print little. */
export const INITIAL_RECORD_SPACE_BYTES = 16 * 1024;

/** Last number an event can have: one more must still fit the u32 that holds the next one. */
export const LAST_SEQ = 2 ** 32 - 2;

/** Bytes a record takes with its header and padding. */
export const recordSize = (payloadBytes: number): number =>
  (RECORD_HEADER_BYTES + payloadBytes + RECORD_ALIGNMENT - 1) & -RECORD_ALIGNMENT;

/** Where a position lies in the record space. */
export const placeOf = (position: number): number => position & (RECORD_SPACE_BYTES - 1);

/** The position so many bytes further on. */
export const advance = (position: number, bytes: number): number => (position + bytes) | 0;

/** The first position of the next turn through the record space: where the record after a skip lies. */
export const nextTurn = (position: number): number => advance(position, RECORD_SPACE_BYTES - placeOf(position));
