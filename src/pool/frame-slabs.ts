/** The layout of frame memory, shared by the worker that writes it and the main thread that sends from it. */
import { OUTPUT_CHUNK_BYTES } from '../protocol/limits.js';

/** Room for the envelope around the base64 text. A longer processId makes the frame travel as text. */
export const FRAME_ENVELOPE_BYTES = 1192;
export const SLOT_BYTES = Math.ceil(OUTPUT_CHUNK_BYTES / 3) * 4 + FRAME_ENVELOPE_BYTES;
export const SLOTS_PER_SLAB = 8;

/** The main thread's view of one worker's slabs. */
export class FrameSlabs {
  readonly #slabs: Uint8Array[] = [];

  add(slab: SharedArrayBuffer): void {
    this.#slabs.push(new Uint8Array(slab));
  }

  /** The message in a slot; valid until the slot is given back. */
  view(slot: number, length: number): Uint8Array {
    const offset = (slot % SLOTS_PER_SLAB) * SLOT_BYTES;
    return this.#slabs[Math.floor(slot / SLOTS_PER_SLAB)]!.subarray(offset, offset + length);
  }
}
