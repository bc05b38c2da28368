import { RELAY_RECORD_BYTES } from '../protocol/limits.js';
import { cutRecords, LENGTH_BYTES } from '../relay/records.js';
import type { OutgoingRecord } from './link-writer.js';

interface Message {
  readonly bytes: Uint8Array;
  readonly sent: () => void;
}

/** What is said on one stream in one turn, which leaves together. */
export class GatheredMessages {
  #messages: Message[] = [];

  /** `bytes`: at most 64 MiB. `sent`: called exactly once, when the kernel has the last byte of it or the stream is over. */
  add(bytes: Uint8Array, sent: () => void): void {
    this.#messages.push({ bytes, sent });
  }

  /** All of it as records; a record that ends messages tells them so. */
  take(): OutgoingRecord[] {
    const messages = this.#messages;
    this.#messages = [];
    const done: (() => void)[][] = [];
    let end = 0;
    for (const { bytes, sent } of messages) {
      end += LENGTH_BYTES + bytes.byteLength;
      const last = Math.ceil(end / RELAY_RECORD_BYTES) - 1;
      done[last] ??= [];
      done[last].push(sent);
    }
    return cutRecords(messages.map(({ bytes }) => bytes)).map((record, index) => ({
      ...record,
      sent: () => {
        for (const sent of done[index] ?? []) sent();
      },
    }));
  }

  /** Nothing of it leaves any more. */
  drop(): void {
    for (const { sent } of this.#messages.splice(0)) process.nextTick(sent);
  }
}
