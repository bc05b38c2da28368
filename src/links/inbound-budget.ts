import { RELAY_LINK_INBOUND_BYTES, RELAY_STALLED_MESSAGE_MS } from '../protocol/limits.js';

/** Somebody with bytes that nobody takes yet. */
export interface Holder {
  readonly heldBytes: number;
  /** Of them, those of a message that has not come whole, where nothing else is waited for than its rest. */
  readonly unfinishedBytes: number;
  /** When the peer last brought some of that, ms. */
  readonly lastPieceAt: number;
  /** Loses what it holds. */
  giveUp(): void;
}

/**
 * What all streams of one link may hold together. Policy when spent: who holds something and brings more is turned away, but for one,
 * the one that has come furthest with a message, so that this one at least comes to its end. Who has begun a message and does not
 * go on with it loses its stream when others need the room.
 */
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

  /** Whether it may go on with the message that it has begun. `now`: ms of the clock of `lastPieceAt`. */
  mayFinish(holder: Holder, now: number): boolean {
    if (!this.isSpent) return true;
    for (const other of [...this.#holders]) {
      if (other.unfinishedBytes > 0 && now - other.lastPieceAt > RELAY_STALLED_MESSAGE_MS) other.giveUp();
    }
    return !this.isSpent || this.#furthest === holder;
  }

  get #furthest(): Holder | undefined {
    let furthest: Holder | undefined;
    for (const holder of this.#holders) {
      if (holder.unfinishedBytes > (furthest?.unfinishedBytes ?? 0)) furthest = holder;
    }
    return furthest;
  }
}
