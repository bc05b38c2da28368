/**
 * Memory in which a worker writes ready process/output messages and from which the main thread sends them.
 *
 *   slab 0: [slot 0][slot 1]...[slot 7]   slab 1: [slot 8]...        each slot holds one message
 *
 * A slot belongs to the main thread from the note that names it until its `sent` comes back.
 */
import { SLOT_BYTES, SLOTS_PER_SLAB } from '#src/pool/frame-slabs.js';

export class FrameSlots {
  readonly #slabs: Buffer[] = [];
  readonly #free: number[] = [];
  readonly #announce: (slab: SharedArrayBuffer) => void;

  /** `announce` passes each new slab on before any slot of it is used. */
  constructor(announce: (slab: SharedArrayBuffer) => void) {
    this.#announce = announce;
  }

  /** A free slot, the one used last first, since its memory is warm. */
  take(): { readonly slot: number; readonly bytes: Buffer } {
    if (this.#free.length === 0) this.#addSlab();
    const slot = this.#free.pop()!;
    const offset = (slot % SLOTS_PER_SLAB) * SLOT_BYTES;
    return { slot, bytes: this.#slabs[Math.floor(slot / SLOTS_PER_SLAB)]!.subarray(offset, offset + SLOT_BYTES) };
  }

  give(slot: number): void {
    this.#free.push(slot);
  }

  #addSlab(): void {
    const slab = new SharedArrayBuffer(SLOT_BYTES * SLOTS_PER_SLAB);
    const first = this.#slabs.length * SLOTS_PER_SLAB;
    this.#slabs.push(Buffer.from(slab));
    this.#announce(slab);
    for (let slot = first + SLOTS_PER_SLAB - 1; slot >= first; slot--) this.#free.push(slot);
  }
}
