import { RELAY_LINK_INBOUND_BYTES } from '../protocol/limits.js';

/** What all streams of one link hold together of messages that nobody takes yet. Policy when full: whoever brings more is turned away. */
export class InboundBudget {
  #held = 0;

  get isSpent(): boolean {
    return this.#held > RELAY_LINK_INBOUND_BYTES;
  }

  /** What one stream holds has changed. */
  changed(from: number, to: number): void {
    this.#held += to - from;
  }
}
