/** What a ring must keep, told the slow and obvious way. */
import { RETAINED_OUTPUT_BYTES, RETAINED_OUTPUT_CHUNKS } from '#src/protocol/limits.js';
import type { RingExit } from '#src/rings/published-state.js';
import type { StreamName } from '#src/rings/record-layout.js';
import type { Snapshot } from '#src/rings/ring-reader.js';

export class RingModel {
  #kept: { readonly seq: number; readonly stream: StreamName; readonly bytes: Buffer }[] = [];
  #nextSeq = 1;
  #lostBytes = 0;
  #exit: RingExit | undefined;
  #closedSeq: number | undefined;

  append(seq: number, stream: StreamName, bytes: Uint8Array): void {
    this.#kept.push({ seq, stream, bytes: Buffer.from(bytes) });
    this.#nextSeq = seq + 1;
    while (this.#kept.length > RETAINED_OUTPUT_CHUNKS || this.retainedBytes > RETAINED_OUTPUT_BYTES) {
      this.#lostBytes += this.#kept.shift()!.bytes.length;
    }
  }

  setExit(exit: RingExit): void {
    this.#exit = exit;
    this.#nextSeq = exit.seq + 1;
  }

  setClosed(seq: number): void {
    this.#closedSeq = seq;
    this.#nextSeq = seq + 1;
  }

  get retainedBytes(): number {
    return this.#kept.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
  }

  snapshot(afterSeq: number, maxBytes: number | undefined): Snapshot {
    const wanted = this.#kept.filter((chunk) => chunk.seq > afterSeq);
    let total = 0;
    const stop = wanted.findIndex((chunk, index) => {
      total += chunk.bytes.length;
      return maxBytes !== undefined && total > maxBytes && index > 0;
    });
    const chunks = stop === -1 ? wanted : wanted.slice(0, stop);
    return {
      chunks,
      nextSeq: maxBytes === undefined || chunks.length === 0 ? this.#nextSeq : chunks.at(-1)!.seq + 1,
      exit: this.#exit,
      closedSeq: this.#closedSeq,
      lostBytes: this.#lostBytes,
      firstRetainedSeq: this.#kept[0]?.seq ?? this.#nextSeq,
    };
  }
}
