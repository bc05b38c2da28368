import { RELAY_LINK_INBOUND_BYTES } from '../protocol/limits.js';

/** Somebody with messages that nobody takes yet. */
export interface Holder {
  readonly heldBytes: number;
}

/** What all streams of one link may hold together. Policy when spent: who holds something and brings more is turned away. */
export class InboundBudget {
  readonly #holders = new Set<Holder>();

  get isSpent(): boolean {
    let held = 0;
    for (const { heldBytes } of this.#holders) held += heldBytes;
    return held > RELAY_LINK_INBOUND_BYTES;
  }

  enter(holder: Holder): void {
    this.#holders.add(holder);
  }

  leave(holder: Holder): void {
    this.#holders.delete(holder);
  }
}
