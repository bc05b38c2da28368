/**
 * Memory for blocks of files on their way: a worker writes a reply's text into a slot, the socket takes it from there.
 *
 *   slot  [ room for the envelope | {"chunk":" | base64 of up to 1 MiB | ","eof":false} | room for its end ]
 */
import { FILE_BLOCK_BYTES } from '../protocol/limits.js';
import { RESULT_HEAD_BYTES, RESULT_TAIL_BYTES } from '../protocol/ready-result.js';

export const BLOCK_HEAD = '{"chunk":"';
export const BLOCK_TAIL = { more: '","eof":false}', end: '","eof":true}' } as const;

/** Bytes of a slot. */
export const BLOCK_SLOT_BYTES =
  RESULT_HEAD_BYTES +
  BLOCK_HEAD.length +
  4 * Math.ceil(FILE_BLOCK_BYTES / 3) +
  BLOCK_TAIL.more.length +
  RESULT_TAIL_BYTES;

/** Slots kept for reuse: fresh shared memory of this size costs more than filling it. */
const SPARE_SLOTS = 16;
/** With so many out, nothing is read ahead any more: together 90 MiB. Source: our own. */
const SLOTS_WITH_READ_AHEAD = 64;

export interface BlockSlot {
  /** What is handed to the worker. */
  readonly memory: SharedArrayBuffer;
  /** The same memory for this thread. */
  readonly bytes: Uint8Array;
}

export class BlockSlots {
  readonly #spare: BlockSlot[] = [];
  #out = 0;

  /** Slots that were taken and not given back. */
  get out(): number {
    return this.#out;
  }

  take(): BlockSlot {
    this.#out++;
    return this.#spare.pop() ?? freshSlot();
  }

  /** One for a block that nobody has asked for yet; none while many are out. */
  takeAhead(): BlockSlot | undefined {
    return this.#out < SLOTS_WITH_READ_AHEAD ? this.take() : undefined;
  }

  /** Nobody reads or writes it any more. To be called once for each that was taken. */
  give(slot: BlockSlot): void {
    this.#out--;
    if (this.#spare.length < SPARE_SLOTS) this.#spare.push(slot);
  }
}

function freshSlot(): BlockSlot {
  const memory = new SharedArrayBuffer(BLOCK_SLOT_BYTES);
  return { memory, bytes: new Uint8Array(memory) };
}
